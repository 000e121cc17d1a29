/**
 * Can the attacks succeed at all? Each is tried again in a world without the wall that it meets, and has to be red
 * there, by what the attempt itself finds or by damage that its control sees.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { runWithout, type Verdict } from '../without-walls/run.ts'
import type { WorldWithoutWalls } from '../without-walls/which-world.ts'
import { type Attack, controlFailed } from './attack.ts'
import { families } from './families.ts'
import { notYet } from './not-yet.ts'

const file = 'tests/attacks/suite.test.ts'
const patienceMs = 480_000

/** Where each succeeds. Ids with more than one attack are told apart by how these begin. */
const succeeds: Readonly<Partial<Record<WorldWithoutWalls, readonly string[]>>> = {
  'everybody is let in': [
    ...['A01', 'A03 every route', 'A04', 'A05', 'A06', 'A07', 'A08', 'A11', 'A12', 'A13', 'A15', 'A17'],
    ...['A18 every call', 'A21', 'A22', 'A29', 'A34 a socket that stays open', 'A40 a stylesheet', 'A51', 'A52'],
    ...['A54', 'A58'],
  ],
  'every row is a plain pass': ['A20', 'A25', 'A26', 'A27', 'A28', 'A35 a subscription', 'A36', 'A39'],
  'nothing is judged': [
    ...['A02', 'A03 a change', 'A09', 'A10', 'A14', 'A16', 'A18 an administrator', 'A19', 'A23', 'A24', 'A30'],
    ...['A31', 'A32', 'A33', 'A34 a socket from another site', 'A35 the log lines', 'A37', 'A40 a file', 'A41'],
    ...['A42', 'A43', 'A44', 'A45', 'A46', 'A48', 'A49', 'A50', 'A55', 'A57'],
  ],
}

/** Which cannot be red in a world of the practice ComfyUI, and why not. */
const nowhere: Readonly<Record<string, string>> = {
  A38: 'the practice ComfyUI runs every node on its own; a real one shares instances: tests/isolation/real-cache.test.ts',
  A47: "Node's HTTP parser refuses these before any line of ours runs; what it lets through: tests/security/targets.test.ts",
}

/** Where the victim's own requests fail as well, so that only the attempt counts. */
const isBroken = (world: WorldWithoutWalls): boolean => world === 'every row is a plain pass'

const attacks = families.flatMap((family) => family.attacks)
const nameOf = ({ id, what }: Attack): string => `${id} ${what}`
const worlds = parseWorlds(Object.keys(succeeds))
const verdicts = new Map<WorldWithoutWalls, readonly Verdict[]>()

beforeAll(async () => {
  await Promise.all(
    worlds.map(async (world) => {
      const ids = (succeeds[world] ?? []).map((beginning) => beginning.slice(0, 3))
      // Both sides of /api are one story; the suite tries both.
      verdicts.set(world, await runWithout(world, [file], { pattern: `(?:${ids.join('|')}) .* on /x$` }))
    }),
  )
}, patienceMs)

describe('every attack', () => {
  it('has a world in which it succeeds, or a reason why there is none', () => {
    const beginnings = [...worlds.flatMap((world) => succeeds[world] ?? []), ...Object.keys(nowhere)]
    const found = attacks.map((one) => [
      nameOf(one),
      beginnings.filter((beginning) => nameOf(one).startsWith(beginning)),
    ])
    expect(found.filter(([, fitting = []]) => fitting.length !== 1)).toEqual([])
    const names = [...attacks.map(nameOf), ...notYet.map(({ id }) => id)]
    expect(beginnings.filter((beginning) => !names.some((name) => name.startsWith(beginning)))).toEqual([])
  })
})

describe.each(worlds)('where %s', (world) => {
  const expected = attacks.filter((one) => succeeds[world]?.some((beginning) => nameOf(one).startsWith(beginning)))

  it.each(expected.map((one) => [nameOf(one), one] as const))('%s', (name, { by }) => {
    const mine = (verdicts.get(world) ?? []).filter((verdict) => verdict.name.includes(` ${name} by `))
    const red = mine.filter(({ isRed, says }) => isRed && !(isBroken(world) && says.includes(controlFailed)))
    const accounts = by.filter((who) => who !== 'anonymous')
    // A stranger meets the question who they are before any other.
    for (const who of accounts.length === 0 ? by : accounts)
      expect(red.filter((verdict) => verdict.name.includes(` by ${who} on `)).length, `by ${who}`).toBe(1)
  })
})

function parseWorlds(names: readonly string[]): readonly WorldWithoutWalls[] {
  return names as readonly WorldWithoutWalls[]
}
