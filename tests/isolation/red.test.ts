/**
 * Is every sentence of isolation able to fail? Runs them again in worlds without walls, at the same time: each has to
 * be red in one, but those that are about no wall.
 */
import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { runWithout, type Verdict } from '../without-walls/run.ts'
import type { WorldWithoutWalls } from '../without-walls/which-world.ts'
import { notAboutAWall } from './not-about-a-wall.ts'

const patienceMs = 480_000

const told: readonly (readonly [world: WorldWithoutWalls, files: readonly string[]])[] = [
  [
    'everybody is alice',
    ['rows', 'files-deleted', 'files', 'files-shown', 'files-uploaded', 'jobs', 'metadata', 'userdata'],
  ],
  ['every row is a plain pass', ['rows', 'files-shown', 'files-uploaded', 'offered', 'userdata']],
  ['nothing is judged', ['events-owners', 'events-frames', 'events', 'jobs', 'metadata', 'offered', 'upload-bombs']],
]

/** Which are not told in these worlds, and where they were seen red. */
const elsewhere: Readonly<Record<string, string>> = {
  'files-measured':
    'tells administrators of what cannot be measured; that others are told nothing: A18 of tests/attacks/red.test.ts',
  'files-full-disk': 'is about a disk that has no room, for whomever',
  'large-prompts': 'its owner alone is a sentence of jobs, too; how much a body may hold is what one person may bring',
  'fair-queue': 'without turns, the same story fails as A50 of tests/attacks/red.test.ts',
  limits: 'without limits, the same stories fail as A16, A49 and A57 of tests/attacks/red.test.ts',
  'one-switch':
    'is about two modes of one installation, of which these worlds know one; in the other all share a tenant',
  'real-cache': 'needs a real ComfyUI; without the salt, stories of tests/property/mutants.test.ts tell of others',
  walls: 'takes one row away at a time, and has to see each of its sentences fail',
  red: 'is this one',
}

const pathOf = (name: string): string => `tests/isolation/${name}.test.ts`
const verdicts: Verdict[] = []
beforeAll(async () => {
  const runs = told.map(([world, files]) => runWithout(world, files.map(pathOf)))
  verdicts.push(...(await Promise.all(runs)).flat())
}, patienceMs)

describe('without walls', () => {
  it('every file is told, or was seen red elsewhere', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'))
    const listed = [...new Set(told.flatMap(([, names]) => names)), ...Object.keys(elsewhere)]
    expect(listed.map((name) => `${name}.test.ts`).toSorted()).toEqual(files.toSorted())
  })

  it('every sentence is red', () => {
    const red = new Set(verdicts.filter(({ isRed }) => isRed).map(({ name }) => name))
    const names = [...new Set(verdicts.map(({ name }) => name))]
    expect(names.length).toBeGreaterThan(600)
    const held = names.filter((name) => !red.has(name))
    expect(held.filter((name) => !notAboutAWall.some((beginning) => name.startsWith(beginning)))).toEqual([])
    const unneeded = notAboutAWall.filter((beginning) => !held.some((name) => name.startsWith(beginning)))
    expect(unneeded).toEqual([])
  })
})
