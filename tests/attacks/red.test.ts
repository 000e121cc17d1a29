/**
 * Can the attacks on the wall succeed at all? Runs them again in a world where every row passes on to ComfyUI what it
 * gets: each has to be red there, but those whose wall that world keeps.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'

const root = join(import.meta.dirname, '../..')

/** Of which every attacker with an account is red, on both sides. */
const walls = ['A20', 'A25', 'A26', 'A27', 'A28', 'A29', 'A36', 'A39']
/** That world keeps what brings forms and prompts in; these are red where a judgement itself is taken out. */
const kept = ['A22', 'A23', 'A24']

const reportSchema = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })),
})

it('every attack on a wall succeeds where there is none', { timeout: 240_000 }, () => {
  const verdicts = runSuite([...walls, ...kept].join('|'))
  const red = (id: string) => verdicts.filter(({ fullName, status }) => fullName.includes(id) && status === 'failed')
  const green = (id: string) => verdicts.filter(({ fullName, status }) => fullName.includes(id) && status === 'passed')
  for (const id of walls) {
    for (const who of ['guest', 'other tenant', 'admin']) {
      expect(
        red(id).filter(({ fullName }) => fullName.includes(`by ${who} on `)).length,
        `${id} by ${who}`,
      ).toBeGreaterThan(1)
    }
  }
  for (const id of kept) expect([red(id).length, green(id).length > 0], id).toEqual([0, true])
})

function runSuite(pattern: string): readonly { readonly fullName: string; readonly status: string }[] {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-attacks-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const options = ['--testTimeout=5000', '-t', pattern, '--reporter=json', `--outputFile.json=${report}`]
  try {
    spawnSync(process.execPath, [vitest, 'run', '--project', 'system', 'tests/attacks/suite.test.ts', ...options], {
      cwd: root,
      env: { ...process.env, GATEHOUSE_TEST_WORLD: 'every row is a plain pass' },
    })
    const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
    return testResults.flatMap(({ assertionResults }) => assertionResults)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
