import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { runAtOnce, runInTurns, type Stages } from './in-turns.ts'
import { parseJson, parseJsonInTurns, stringifyJson } from './lossless-json.ts'
import { scanStages } from './scan-json.ts'

/** Stages that each occupy the loop for longer than a turn. */
function* busy(stages: number, seen: () => number): Stages<readonly number[]> {
  const turns: number[] = []
  for (let stage = 0; stage < stages; stage++) {
    const begun = performance.now()
    while (performance.now() - begun < 6);
    turns.push(seen())
    yield
  }
  return turns
}

describe('work in turns', () => {
  it('lets others have a turn between long stages', async () => {
    let [turns, done] = [0, false]
    const others = (async () => {
      for (; !done; turns++) await nextTurn()
    })()
    const seen = await runInTurns(busy(4, () => turns))
    done = true
    await others
    expect(new Set(seen).size).toBe(4)
  })

  it('at once lets nobody in between, and gives the same', () => {
    expect(runAtOnce(busy(3, () => 7))).toEqual([7, 7, 7])
  })

  it('passes an error on', async () => {
    function* failing(): Stages<never> {
      yield
      throw new TypeError('broken')
    }
    await expect(runInTurns(failing())).rejects.toThrow('broken')
    expect(() => runAtOnce(failing())).toThrow('broken')
  })

  it.each(['{"a":[1,18446744073709551615,1.0,"x"],"__proto__":{"b":null}}', '[]', '"\\u0001"'])(
    'reads %s as it is read at once',
    async (text) => {
      expect(stringifyJson(await parseJsonInTurns(text))).toBe(stringifyJson(parseJson(text)))
    },
  )

  it.each(['{', '[NaN]', '['.repeat(200)])('refuses %s as it is refused at once', async (text) => {
    await expect(parseJsonInTurns(text)).rejects.toMatchObject({ code: 'bad_json' })
  })

  it.each([
    ['numbers', `[${'1.50,'.repeat(100_000)}0]`],
    ['escaped quotes', `"${'\\"'.repeat(100_000)}"`],
    ['short strings', `[${'"",'.repeat(100_000)}0]`],
    ['blanks', `[${' '.repeat(100_000)}0]`],
  ])('looks through a text of %s with pauses', (_what, text) => {
    const quiet = { opened: () => undefined, closed: () => false, comma: () => false, odd: () => undefined }
    const stages = scanStages(text, 10, quiet)
    let pauses = 0
    let stage = stages.next()
    for (; stage.done !== true; pauses++) stage = stages.next()
    expect(pauses).toBeGreaterThanOrEqual(6)
    expect(stage.value).toBe(true)
  })

  it('lets others have many turns while it reads many numbers', async () => {
    let [turns, done] = [0, false]
    const others = (async () => {
      for (; !done; turns++) await nextTurn()
    })()
    const text = `[${'{"a":1.50},'.repeat(100_000)}2.0]`
    const value = await parseJsonInTurns(text)
    done = true
    await others
    expect(stringifyJson(value)).toBe(text)
    expect(turns).toBeGreaterThan(8)
  })
})
