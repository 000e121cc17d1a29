/** What ties one security event to all before it? Hashes that anybody can compute, and seals that need the key. */
import { createHash, createHmac } from 'node:crypto'

/** What the first event follows. */
const noHash = '0'.repeat(64)

export interface Link {
  readonly seq: number
  readonly hash: string
}

export interface SealKey {
  /** Public: which key sealed. */
  readonly id: string
  readonly value: string
}

export const noLink: Link = { seq: 0, hash: noHash }

/** SHA-256 (hex) over the hash before, the number and the event. */
export function chainHash(before: Link, event: string): string {
  return createHash('sha256')
    .update(`${before.hash}\n${before.seq + 1}\n${event}`)
    .digest('hex')
}

/** HMAC-SHA-256 (hex). `what` keeps a seal of one thing from standing for another. */
export function sealOf(what: 'event' | 'start' | 'head', { seq, hash }: Link, key: SealKey): string {
  return createHmac('sha256', key.value).update(`${what}\n${seq}\n${hash}`).digest('hex')
}
