/** How are durations and sizes written in the configuration? */
import { z } from 'zod'

/** `90s`, `15m`, `24h`, `30d` to milliseconds. */
export const durationMs = z
  .string()
  .regex(/^\d{1,6}(?:s|m|h|d)$/, 'write a duration such as 90s, 15m, 24h or 30d')
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.at(-1) ?? 's'] ?? 1000))
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `512kB`, `100MB`, `2GB` to bytes (powers of 1024). */
export const sizeBytes = z
  .string()
  .regex(/^\d{1,6}(?:kB|MB|GB)$/, 'write a size such as 512kB, 100MB or 2GB')
  .transform((text) => Number(text.slice(0, -2)) * (unitBytes[text.slice(-2)] ?? 1))
const unitBytes: Readonly<Record<string, number>> = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }
