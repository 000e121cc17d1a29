/** Where do log lines come from? The only maker of loggers; what may be logged is listed in `events.ts`. */

import { type DestinationStream, type Logger, pino } from 'pino'
import { GatehouseError } from './gatehouse-error.ts'

export type Log = Logger

export interface LogOptions {
  readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug'
  /** Standard error by default: standard output belongs to commands and to the launcher's protocol. */
  readonly destination?: DestinationStream
}

/** An error of the operating system, such as ECONNREFUSED: its message says it all. */
function isSystemError(error: Error): boolean {
  return 'syscall' in error && 'code' in error
}

/** JSON lines; errors are told by name, message and stack, never with the properties of their cause. */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    options.destination ?? pino.destination({ fd: 2, sync: true }),
  )
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  // A refusal that was foreseen is told by its sentence; only what was not foreseen needs its place in the code.
  const isForeseen = error instanceof GatehouseError && error.code !== 'internal'
  return {
    type: error.name,
    message: error.message,
    ...(isForeseen || isSystemError(error) ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  }
}
