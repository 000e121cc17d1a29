/** How long are security events kept, and who else is told of them? The `audit` section. */
import { z } from 'zod'
import { durationMs } from './units.ts'

const syslogAddress = z
  .string()
  .regex(
    /^(?:(?:udp|tcp):\/\/(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):\d{1,5}|unix:\/\S+)$/,
    'write udp://HOST:PORT, tcp://HOST:PORT, or unix:/path of a stream socket',
  )

export const auditSchema = z
  .strictObject({
    keep: durationMs.prefault('365d').describe('security events are forgotten after so long'),
    max_events: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(1_000_000)
      .describe('the oldest security events are forgotten beyond so many, except those younger than keep_at_least'),
    keep_at_least: durationMs
      .prefault('30d')
      .describe('security events are not forgotten for their number before they are so old'),
    key_file: z
      .string()
      .optional()
      .describe(
        'file with keys that seal security events, one a line, the newest first; unset: a key in the database, which who can write the database can read, too',
      ),
    syslog: syslogAddress
      .optional()
      .describe('a syslog receiver (RFC 5424) that is told of every security event: udp://, tcp:// or unix:'),
  })
  .prefault({})
