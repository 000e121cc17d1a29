/**
 * The attack suite by id: every attack is tried by a stranger, a guest, another tenant and an administrator, on `/x`
 * and on `/api/x`, and each stands beside a control that succeeds for the one who may. What is refused only because it
 * does not exist fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configSchema } from '../../sidecar/src/config/schema.ts'
import { createOwnApi } from '../../sidecar/src/own-api/own-api.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { type Attack, controlFailed, type Done, type Family, prefixes, type Scene } from './attack.ts'
import { families } from './families.ts'
import { notYet } from './not-yet.ts'
import { createStage, type Stage } from './stage.ts'

const triesOf = new Map<string, number>()

describe.each(families.map((family): [string, Family] => [family.name, family]))('%s', (_name, family) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await createStage(family.world)
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  for (const attack of family.attacks) {
    describe(`${attack.id} ${attack.what}`, () => {
      for (const who of attack.by) {
        for (const prefix of prefixes) {
          it(`by ${who} on ${prefix}/x`, () => runs(attack, stage.scene(who, prefix)))
        }
      }
    })
  }
})

async function runs(attack: Attack, scene: Scene): Promise<void> {
  await attack.attempt(scene)
  const tries = scene.attacker.tries()
  expect(tries, 'an attack that asks nothing proves nothing').toBeGreaterThan(0)
  triesOf.set(attack.id, (triesOf.get(attack.id) ?? 0) + tries)
  try {
    const done: Done | readonly Done[] = await attack.control(scene)
    const all = [done].flat()
    expect(all.length, 'the control asks something').toBeGreaterThan(0)
    for (const { status } of all)
      expect([101, 200, 201, 204], 'the control succeeds for the one who may').toContain(status)
  } catch (cause) {
    // Damage, or a control that never worked: red.test.ts tells them apart.
    throw new Error(`${controlFailed} ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

const ids = Array.from({ length: 58 }, (_, index) => `A${String(index + 1).padStart(2, '0')}`)
const attacks = families.flatMap((family) => family.attacks)

describe('the suite', () => {
  it('holds every attack by its id, or says why there is nothing to attack', () => {
    const run = new Set<string>(attacks.map(({ id }) => id))
    const listed = new Set<string>(notYet.map(({ id }) => id))
    expect(ids.filter((id) => !run.has(id) && !listed.has(id))).toEqual([])
    expect([...run, ...listed].filter((id) => !ids.includes(id))).toEqual([])
    expect([...listed].filter((id) => run.has(id))).toEqual([])
    expect(notYet).toHaveLength(2)
  })

  it('tried each of them at least once for everybody, on both sides', () => {
    const least = (wanted: string): number =>
      attacks.filter(({ id }) => id === wanted).reduce((sum, { by }) => sum + by.length * prefixes.length, 0)
    const run = [...new Set(attacks.map(({ id }) => String(id)))]
    expect(run.filter((id) => (triesOf.get(id) ?? 0) < least(id))).toEqual([])
    for (const { id, by } of attacks) expect(by.length, id).toBeGreaterThan(0)
  })

  it('has nothing to attack only as long as the feature is missing', () => {
    const settings = JSON.stringify(z.toJSONSchema(configSchema, { io: 'input' }))
    const names = [...settings.matchAll(/"([a-z_]+)":\{/g)].map(([, name = '']) => name)
    const paths = resources.flatMap(({ table }) => Object.keys(table))
    const own = [...createOwnApi.toString().matchAll(/["'`}](\/[^"'`]+)["'`]/g)].map(([, path = '']) => path)
    expect(own).toContain('/users/:name')
    const surface = [...names, ...paths, ...own]
    for (const { id, feature } of notYet) {
      expect(
        surface.filter((name) => feature.test(name)),
        id,
      ).toEqual([])
    }
  })
})
