import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startsInSeconds, typicalSeconds } from './estimate.ts'

describe('typicalSeconds', () => {
  it.each([
    [[], undefined],
    [[0], 1],
    [[900], 1],
    [[3_100, 1_000, 900_000], 5],
    [[61_000], 90],
    [[200_000_000], 259_200],
  ])('of jobs that took %j ms is %j', (durations, seconds) => {
    expect(typicalSeconds(durations)).toBe(seconds)
  })

  it('is the same for a few odd jobs among many', () => {
    const usual = Array.from({ length: 47 }, () => 25_000)
    expect(typicalSeconds([...usual, 3_600_000, 3_600_000, 1])).toBe(typicalSeconds(usual))
  })
})

describe('startsInSeconds', () => {
  it.each([
    [0, undefined, null],
    [0, 1, 5],
    [0, 30, 30],
    [3, 30, 120],
    [499, 20, 10_800],
    [10_000, 86_400, 864_086_400],
  ])('with %j jobs ahead that take %j s is %j', (ahead, typical, seconds) => {
    expect(startsInSeconds(ahead, typical)).toBe(seconds)
  })

  it('tells of any durations no more than one step of a coarse ladder', () => {
    const durations = fc.array(fc.nat(100_000_000), { minLength: 1, maxLength: 60 })
    const told = new Set<string>()
    fc.assert(
      fc.property(durations, (list) => {
        told.add(JSON.stringify([0, 1, 7, 100, 999].map((ahead) => startsInSeconds(ahead, typicalSeconds(list)))))
      }),
      { numRuns: 2_000 },
    )
    expect(told.size).toBeLessThan(40)
  })
})
