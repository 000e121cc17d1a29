/** Can a session be remembered that ended while it was looked up? */
import { expect, it } from 'vitest'
import type { ChangeEvent, SessionRecord, Sessions } from '../store/store.ts'
import { createSessionLookup, defaultSessionLimits } from './session-lookup.ts'

const nowMs = Date.parse('2026-11-20T12:00:00Z')
const parseRecord = (value: unknown): SessionRecord => value as SessionRecord
const parseSessions = (value: unknown): Sessions => value as Sessions
const parseEvent = (value: unknown): ChangeEvent => value as ChangeEvent
const record = parseRecord({
  ...{ hash: 'hash', userId: 'id-of-alice', expiresAtMs: nowMs + 3_600_000 },
  // Long enough ago that it is due to be noted anew.
  lastSeenAtMs: nowMs - 120_000,
})

it('a session that ends while the store is asked for it is not remembered as just seen', async () => {
  let tell: (event: ChangeEvent) => void = () => undefined
  let isOpen = true
  const end = (): void => {
    isOpen = false
    tell(parseEvent({ kind: 'changed', change: { kind: 'session', userId: record.userId, credentialId: record.hash } }))
  }
  let beforeAnswer = end
  const lookup = createSessionLookup({
    sessions: parseSessions({
      find: async () => {
        const found = isOpen ? record : undefined
        beforeAnswer()
        return found
      },
      touch: async () => undefined,
    }),
    feed: {
      subscribe: (listener) => {
        tell = listener
        return () => undefined
      },
    },
    limits: defaultSessionLimits,
    now: () => nowMs,
  })
  await lookup.find(record.hash)
  beforeAnswer = () => undefined
  expect(await lookup.find(record.hash)).toBeUndefined()
})
