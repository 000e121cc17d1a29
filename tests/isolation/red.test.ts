/**
 * Is every sentence of isolation able to fail? Runs them all again in two worlds without walls: one where everybody of
 * the cast is the same person, and one where every row passes on to ComfyUI what it gets. Each has to be red in one.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseRecord } from '../support/person.ts'
import type { WorldWithoutWalls } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')
const files = ['files', 'files-deleted', 'files-shown', 'files-uploaded']
const sentences = ['events', ...files, 'jobs', 'rows', 'userdata'].map((name) => `tests/isolation/${name}.test.ts`)
const patienceMs = 480_000

const sameForAll = [
  ...[
    'extensions',
    'workflow_templates',
    'i18n',
    'global_subgraphs',
    'node_replacements',
    'scripts',
    'templates',
    'docs',
  ],
  ...['fonts', 'cursor', 'materialdesignicons', 'favicon'],
]
  .map((name) => `GET /${name}`)
  .concat('root GET /assets')

/** How the names of sentences begin that no missing wall makes red, and why not. */
const notAboutAWall: readonly string[] = [
  // What one person gets of their own, and what those of one tenant share.
  'live events reach the person who queued the job, and nobody else in the order in which ComfyUI sends them',
  'live events reach the person who queued the job, and nobody else and the greeting gives back the id',
  'saved files belong to the tenant and are read by everybody in it',
  'one shared world behind the login',
  // The door.
  'a socket is refused to a stranger',
  'a socket closes when its key is revoked',
  // Names that no tenant has: ComfyUI, or the parser before it, refuses them as well. They are red where the judgement
  // of the name itself is taken out (userdata/own-name.ts, upload/judge-form.ts, routes/view.ts).
  'a file belongs to the tenant in whose folder it lies is not found by the query',
  'an upload lands in the folder of its own tenant or nowhere',
  'an upload lands in the folder of its own tenant or is refused whole',
  'saved files belong to the tenant and no spelling of the path',
  'an own file is found by every spelling of its place and by no other',
  ...['the folders that the operator names', 'the companion pack'].flatMap((way) => [
    `through ${way} a list of`,
    `through ${way} an order to delete`,
    // The door again: where a request comes from.
    `through ${way} a page of another site deletes nothing`,
  ]),
  // What one person may bring, and what is left of it when it breaks off.
  'what may be uploaded depends on the role',
  'a name is kept as it is, or refused whole',
  'a broken upload leaves nothing',
  // What is theirs, who may at all, and where a route is.
  'the proofs are one for each row',
  'those who may get what is theirs by',
  'every role that may is let in by',
  'a role that may not and a stranger by',
  'the other side of /api has no',
  // The same for everybody who is signed in, or for everybody.
  ...sameForAll.map((row) => `everybody else gets nothing of it by ${row}`),
  // What brings files and prompts in stays as it is in both worlds; ComfyUI answers the others as the refusal does, and
  // that it hears of them is the other sentence.
  ...['POST /prompt', 'POST /upload/', 'POST /free', 'PATCH /internal/logs/subscribe'].map(
    (row) => `a role that may not is refused by ${row}`,
  ),
]

interface Verdict {
  readonly name: string
  readonly isRed: boolean
  /** How it failed, empty when it held. */
  readonly says: string
}

let sameBody: readonly Verdict[]
let plainPass: readonly Verdict[]
beforeAll(() => {
  sameBody = runSentencesIn('everybody is alice')
  plainPass = runSentencesIn('every row is a plain pass')
}, patienceMs)

describe('without walls', () => {
  it('every sentence is red', () => {
    const red = new Set([...sameBody, ...plainPass].filter(({ isRed }) => isRed).map(({ name }) => name))
    const names = sameBody.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(40)
    const held = names.filter((name) => !red.has(name))
    expect(held.filter((name) => !notAboutAWall.some((beginning) => name.startsWith(beginning)))).toEqual([])
    for (const beginning of notAboutAWall)
      expect(
        held.some((name) => name.startsWith(beginning)),
        beginning,
      ).toBe(true)
  })

  it('and not because a world did not start', () => {
    const broken = [...sameBody, ...plainPass].filter(({ says }) => /ECONN|hook timed out|is not running/i.test(says))
    expect(broken.map(({ name, says }) => `${name}: ${says}`)).toEqual([])
  })
})

function runSentencesIn(world: WorldWithoutWalls): Verdict[] {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-red-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=json', `--outputFile.json=${report}`]
  try {
    spawnSync(process.execPath, [vitest, 'run', '--project', 'system', ...reporters, ...sentences], {
      cwd: root,
      env: { ...process.env, GATEHOUSE_TEST_WORLD: world },
    })
    return parseReport(JSON.parse(readFileSync(report, 'utf8')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function parseReport(report: unknown): Verdict[] {
  return records(parseRecord(report).testResults).flatMap((file) =>
    records(file.assertionResults).map((result) => ({
      name: String(result.fullName),
      isRed: result.status === 'failed',
      says: Array.isArray(result.failureMessages) ? result.failureMessages.join('\n') : '',
    })),
  )
}

function records(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new Error(`not a list: ${JSON.stringify(value)}`)
  return value.map(parseRecord)
}
