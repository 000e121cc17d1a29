import type { UserId } from '@gatehouse/shared/ids'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from './audit.ts'
import type { Bound } from './bound.ts'
import { createBoundRepeats } from './bound-repeats.ts'

const minuteMs = 60_000
let nowMs: number
let repeats: Bound
beforeEach(() => {
  nowMs = 0
  repeats = createBoundRepeats(() => nowMs)
})

const by = (name: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ kind: 'login.succeeded', actor: { id: parseUserId(name), name }, address: '192.0.2.1', method: 'password' },
  ...more,
})
const writtenOf = (count: number, entry: AuditEntry): number =>
  Array.from({ length: count }, () => repeats.admits(entry)).filter(Boolean).length

describe('equal events of one person', () => {
  it('are written ten times a minute, and then once with the number of the rest', () => {
    expect(writtenOf(100, by('insider'))).toBe(10)
    expect(repeats.summaries()).toEqual([])
    nowMs += minuteMs
    expect(repeats.summaries()).toEqual([by('insider', { detail: { repeated: 90, withinSeconds: 60 } })])
    expect(repeats.summaries(true)).toEqual([])
  })

  it('hide nobody else, nothing else, and no log-in from elsewhere or otherwise proven', () => {
    writtenOf(1_000, by('insider'))
    expect(writtenOf(1, by('somebody'))).toBe(1)
    expect(writtenOf(1, by('insider', { kind: 'logout' }))).toBe(1)
    expect(writtenOf(1, by('insider', { address: '198.51.100.7' }))).toBe(1)
    expect(writtenOf(1, by('insider', { method: 'api-key' }))).toBe(1)
    expect(writtenOf(1_000, by('insider', { kind: 'key.created' }))).toBe(1_000)
  })

  it('are no more than the disk holds, however long somebody goes on, and none is forgotten in the sum', () => {
    const day = 24 * 60
    let [rows, told] = [0, 0]
    for (let minute = 0; minute < day; minute += 1) {
      const address = `10.0.${minute >> 8}.${minute & 255}`
      const written = writtenOf(20, by('insider')) + writtenOf(5, by('insider', { address }))
      nowMs += minuteMs
      const summaries = repeats.summaries(minute === day - 1)
      rows += written + summaries.length
      told += written + summaries.reduce((sum, { detail }) => sum + Number(detail?.repeated), 0)
    }
    expect(told).toBe(25 * day)
    expect(rows).toBeLessThan(200 + day / 2 + 2)
  })

  it('of the sidecar itself are never summed up', () => {
    expect(writtenOf(500, { kind: 'session.revoked', method: 'oidc', detail: { byProvider: true } })).toBe(500)
  })
})

function parseUserId(text: string): UserId {
  return text as UserId
}
