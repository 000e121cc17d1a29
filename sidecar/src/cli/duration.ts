/** How is a time span written on the command line? `30m`, `12h`, `90d`, `4w`, `1y`. */
import { badInput } from './output.ts'

const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 60 * 60_000,
  d: 24 * 60 * 60_000,
  w: 7 * 24 * 60 * 60_000,
  y: 365 * 24 * 60 * 60_000,
}
const longestMs = 100 * 365 * 24 * 60 * 60_000

/** Milliseconds; undefined for anything else. */
export function findDuration(text: string): number | undefined {
  const groups = /^(?<count>\d{1,9})(?<unit>[mhdwy])$/.exec(text)?.groups
  const ms = Number(groups?.count) * (unitMs[groups?.unit ?? ''] ?? Number.NaN)
  return ms > 0 && ms <= longestMs ? ms : undefined
}

/** @throws bad_input naming the option */
export function parseDuration(text: string, option: string): number {
  const ms = findDuration(text)
  if (ms !== undefined) return ms
  throw badInput(`Write ${option} as a number with m, h, d, w or y, for example 90d.`)
}
