import { describe, expect, it } from 'vitest'
import { createBoundStrangers } from './bound-strangers.ts'

const refused = (address: string) => ({ kind: 'login.refused', address }) as const

describe('strangers', () => {
  it('make thirty lines a minute from one address, and one more with the number of the rest', () => {
    let nowMs = 0
    const strangers = createBoundStrangers(() => nowMs)
    const written = Array.from({ length: 100 }, () => strangers.admits(refused('192.0.2.1'))).filter(Boolean)
    expect(written).toHaveLength(30)
    expect(strangers.admits(refused('192.0.2.2'))).toBe(true)
    expect(strangers.summaries()).toEqual([])
    nowMs = 60_000
    expect(strangers.summaries()).toEqual([
      { kind: 'login.refused', address: '192.0.2.1', detail: { repeated: 70, withinSeconds: 60 } },
    ])
    expect(strangers.admits(refused('192.0.2.1'))).toBe(true)
  })

  it('cannot hide one thing behind another, or somebody who is signed in behind their address', () => {
    const strangers = createBoundStrangers(() => 0)
    for (let index = 0; index < 100; index += 1) strangers.admits(refused('192.0.2.1'))
    expect(strangers.admits({ kind: 'credentials.conflicted', address: '192.0.2.1' })).toBe(true)
    expect(strangers.admits({ kind: 'login.succeeded', address: '192.0.2.1' })).toBe(true)
  })

  it('fill neither memory nor disk from many addresses, and are summed up by kind', () => {
    let nowMs = 0
    const strangers = createBoundStrangers(() => nowMs)
    let count = 0
    for (let index = 0; index < 8_000; index += 1) {
      if (strangers.admits(refused(`10.0.${index >> 8}.${index & 255}`))) count += 1
    }
    expect(count).toBe(120)
    nowMs = 60_000
    expect(strangers.summaries()).toEqual([{ kind: 'login.refused', detail: { repeated: 7_880, withinSeconds: 60 } }])
  })

  it('that never stop make some thousand lines a day, and their number is told all the same', () => {
    let nowMs = 0
    const strangers = createBoundStrangers(() => nowMs)
    const [day, perMinute] = [24 * 60, 300]
    let [rows, told] = [0, 0]
    for (let minute = 0; minute < day; minute += 1) {
      const written = Array.from({ length: perMinute }, (_, index) =>
        strangers.admits(refused(`10.${index & 255}.${minute >> 8}.${minute & 255}`)),
      ).filter(Boolean).length
      nowMs += 60_000
      const summaries = strangers.summaries(minute === day - 1)
      rows += written + summaries.length
      told += written + summaries.reduce((sum, { detail }) => sum + Number(detail?.repeated), 0)
    }
    expect(told).toBe(day * perMinute)
    expect(rows).toBeLessThan(3_000 + 2 * day + 2)
  })
})
