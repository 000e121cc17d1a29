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

/** Runs beside the others, whatever they are. */
const stands = { file: 'tests/without-walls/stands.test.ts', name: 'a world in which somebody works' }

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().nullish(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
})

type Report = z.infer<typeof reportSchema>

/**
 * Of the tests that ran: all, or those whose names fit the pattern.
 * @throws when the world does not stand: what is red because nothing works proves nothing
 */
export async function runWithout(
  world: WorldWithoutWalls,
  files: readonly string[],
  { pattern }: { readonly pattern?: string } = {},
): Promise<readonly Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-without-walls-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const config = ['--config', join(import.meta.dirname, 'vitest.config.ts')]
  const chosen = pattern === undefined ? [] : ['-t', `${stands.name}|${pattern}`]
  const reporters = ['--reporter=json', `--outputFile.json=${report}`]
  try {
    // It ends with an error whenever something is red, which is what is wanted.
    await new Promise<void>((resolve) => {
      execFile(
        process.execPath,
        [vitest, 'run', ...config, ...reporters, ...chosen, stands.file, ...files],
        { cwd: root, env: { ...process.env, GATEHOUSE_TEST_WORLD: world }, maxBuffer: Number.POSITIVE_INFINITY },
        () => resolve(),
      )
    })
    return verdictsOf(world, reportSchema.parse(JSON.parse(readFileSync(report, 'utf8'))))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function verdictsOf(world: WorldWithoutWalls, { testResults }: Report): readonly Verdict[] {
  const unready = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
  )
  if (unready.length > 0) {
    const told = unready.map(({ name, message }) => `${name}: ${message ?? ''}`)
    throw new Error(`where ${world}, these could not begin: ${told.join('; ')}`)
  }
  const verdicts = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status, failureMessages }) => ({
      name: fullName,
      isRed: status === 'failed',
      says: failureMessages?.join('\n') ?? '',
    }))
  const probe = verdicts.find(({ name }) => name === stands.name)
  if (probe?.isRed !== false) throw new Error(`where ${world}, nothing works: ${probe?.says ?? 'nothing ran'}`)
  return verdicts.filter((verdict) => verdict !== probe)
}
