/** What did the server log, and who reads along? ComfyUI's app/logger.py and terminal service: every write is an entry. */
import type { Sockets } from './execution/sockets.ts'
import { dict, type PythonDict } from './python/values.ts'

export interface LogBuffer {
  readonly write: (line: string) => void
  /** The end of the worker's thread, in the pieces in which Python writes it. */
  readonly threadEnded: (error: string) => void
  readonly entries: () => readonly PythonDict[]
  readonly subscribe: (clientId: string, enabled: boolean) => void
}

const keptLines = 300

export function createLogBuffer(sockets: Sockets): LogBuffer {
  const lines: PythonDict[] = []
  const subscribers = new Set<string>()
  const flush = (texts: readonly string[]) => {
    const t = new Date().toISOString().replace('Z', '000')
    const entries = texts.map((m) => dict({ t, m }))
    lines.push(...entries)
    lines.splice(0, lines.length - keptLines)
    for (const clientId of [...subscribers]) {
      if (sockets.has(clientId)) sockets.sendEvent('logs', { entries, size: null }, clientId)
      else subscribers.delete(clientId)
    }
  }
  return {
    write: (line) => flush([`${line}\n`]),
    threadEnded: (error) =>
      flush([
        'Exception in thread ',
        'Thread-1 (prompt_worker)',
        ':\n',
        'Traceback (most recent call last):\n',
        error,
        '\n',
      ]),
    entries: () => lines,
    subscribe: (clientId, enabled) => {
      if (enabled) subscribers.add(clientId)
      else subscribers.delete(clientId)
    },
  }
}
