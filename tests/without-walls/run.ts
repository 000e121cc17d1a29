/** How do tests end in a world without walls? One verdict for each. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { WorldWithoutWalls } from './which-world.ts'

const root = join(import.meta.dirname, '../..')

export interface Verdict {
  readonly name: string
  readonly isRed: boolean
  /** How it failed, empty when it held. */
  readonly says: string
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
})

/** Of the tests that ran; `options` are those of vitest. */
export async function runWithout(
  world: WorldWithoutWalls,
  files: readonly string[],
  options: readonly string[] = [],
): Promise<readonly Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-without-walls-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const config = ['--config', join(import.meta.dirname, 'vitest.config.ts')]
  const reporters = ['--reporter=json', `--outputFile.json=${report}`]
  try {
    // It ends with an error whenever something is red, which is what is wanted.
    await new Promise<void>((resolve) => {
      execFile(
        process.execPath,
        [vitest, 'run', ...config, ...reporters, ...options, ...files],
        { cwd: root, env: { ...process.env, GATEHOUSE_TEST_WORLD: world }, maxBuffer: Number.POSITIVE_INFINITY },
        () => resolve(),
      )
    })
    const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
    return testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, failureMessages }) => ({
        name: fullName,
        isRed: status === 'failed',
        says: failureMessages?.join('\n') ?? '',
      }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
