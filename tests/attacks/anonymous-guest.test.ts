/** Is a stranger who is taken for the guest account behind the same wall as a guest with a key? The attacks on other people's data. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Family, prefixes } from './attack.ts'
import { families } from './families.ts'
import { createStage, type Stage } from './stage.ts'

/** A guest has no credential of their own to send, to mix or to lose; whose session has ended is a guest again. */
const ofCredentials: ReadonlySet<string> = new Set([
  'A05 two credentials of two people in one request',
  'A12 old cookie, old key and open socket after a log-out, a removal and a change of role',
  'A13 what somebody sees who logged out',
  'A45 a credential that goes on to ComfyUI',
])
const tried = ({ attacks }: Family) =>
  attacks.filter(({ id, what, by }) => by.includes('guest') && !ofCredentials.has(`${id} ${what}`))

const own = families.filter((family) => tried(family).length > 0)

describe.each(own.map((family): [string, Family] => [family.name, family]))('%s', (_name, family) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await createStage(family.world, true)
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  for (const attack of tried(family)) {
    it.each(prefixes.map((prefix) => [prefix]))(`${attack.id} ${attack.what} by a guest on %s/x`, async (prefix) => {
      const scene = stage.scene('guest', prefix)
      expect((await scene.attacker.ask('GET', '/queue')).status, 'the stranger is a guest').toBe(200)
      await attack.attempt(scene)
      const done = [await attack.control(scene)].flat()
      expect(done.length).toBeGreaterThan(0)
      for (const { status } of done) expect([101, 200, 201, 204]).toContain(status)
    })
  }
})

it('leaves out attacks that exist', () => {
  const all = new Set(families.flatMap(({ attacks }) => attacks.map(({ id, what }) => `${id} ${what}`)))
  expect([...ofCredentials].filter((name) => !all.has(name))).toEqual([])
})
