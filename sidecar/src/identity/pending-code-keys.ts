/** Which key was shown to this person, to be confirmed by its first code? Kept in memory for a quarter of an hour. */
import type { UserId } from '@gatehouse/shared/ids'
import { LRUCache } from 'lru-cache'
import { newCodeKey, stepOfCode } from './one-time-code.ts'

export interface PendingCodeKeys {
  /** A new one, in place of one that was shown before. */
  begin(userId: UserId): string
  /** The key and the time step of its first code; undefined for a wrong code, and where none is waiting. */
  confirm(userId: UserId, code: string): { readonly key: string; readonly step: number } | undefined
}

const waitingMs = 15 * 60_000
const limitCount = 1_000

export function createPendingCodeKeys({ now }: { readonly now: () => number }): PendingCodeKeys {
  const waiting = new LRUCache<UserId, string>({ max: limitCount, ttl: waitingMs })
  return {
    begin: (userId) => {
      const key = newCodeKey()
      waiting.set(userId, key)
      return key
    },
    confirm: (userId, code) => {
      const key = waiting.get(userId)
      const step = key === undefined ? undefined : stepOfCode(code, key, { nowMs: now(), after: 0 })
      if (key === undefined || step === undefined) return undefined
      waiting.delete(userId)
      return { key, step }
    },
  }
}
