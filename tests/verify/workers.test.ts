/** Are the walls tried on every worker, and is it said where they were not? */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { gatehouse } from '../cli/gatehouse.ts'
import { parseRecord } from '../support/person.ts'
import { comfyuiIs, createTwoWorkers, startPractice, type TwoWorkers } from '../support/two-workers.ts'

let workers: TwoWorkers
let config: string
beforeAll(async () => {
  workers = await createTwoWorkers(startPractice)
  config = join(workers.world.dataDir, 'gatehouse.yaml')
  const [first, second] = [workers.first.url, workers.second.url]
  writeFileSync(config, `comfyui:\n  url: ${first}\nworkers:\n  - name: second\n    url: ${second}\n`)
}, 60_000)
afterAll(() => workers[Symbol.asyncDispose]())
beforeEach(() => workers.forget())

const ran = (heard: 'first' | 'second') =>
  workers.heardBy(workers[heard]).filter((line) => line.startsWith('POST /prompt')).length

async function look(...args: readonly string[]): Promise<{
  readonly code: number | null
  readonly findings: readonly Record<string, unknown>[]
}> {
  const { world } = workers
  const common = ['--config', config, '--data', world.dataDir, '--url', world.address, '--json']
  const { code, stdout } = await gatehouse(['verify', ...common, ...args], { env: { HOME: world.dataDir } })
  const told: unknown = JSON.parse(stdout)
  return { code, findings: Array.isArray(told) ? told.map(parseRecord) : [] }
}

const verdictOn = (worker: string, check: string, findings: readonly Record<string, unknown>[]) =>
  findings.find((finding) => finding.worker === worker && finding.check === check)?.verdict

it('runs, lists and looks across on each of them, and asks at the port of each', { timeout: 120_000 }, async () => {
  const { code, findings } = await look()
  expect(code).toBe(0)
  expect([ran('first'), ran('second')].every((count) => count > 0)).toBe(true)
  for (const worker of ['default', 'second']) {
    for (const check of ['history', 'files', 'inputs', 'outputs', 'events', 'interference', 'graphs'])
      expect(verdictOn(worker, check, findings), `${check} on ${worker}`).toBe('holds')
  }
  expect(findings.filter(({ check }) => check === 'ports')).toHaveLength(2)
  expect(findings.some(({ check }) => check === 'workers')).toBe(false)
})

it('tries one that is named, and names the other', { timeout: 120_000 }, async () => {
  const { findings } = await look('--worker', 'second')
  expect(ran('first')).toBe(0)
  expect(ran('second')).toBeGreaterThan(0)
  expect(verdictOn('default', 'history', findings)).toBeUndefined()
  expect(findings.find(({ check }) => check === 'workers')).toMatchObject({
    verdict: 'unknown',
    sentence: 'Left out, because --worker names second: default.',
  })
  const unheardOf = await gatehouse(['verify', '--config', config, '--worker', 'third'])
  expect(unheardOf).toMatchObject({ code: 2, stderr: 'There is no worker "third". Name one of default, second.\n' })
})

it('claims no wall on one that is down', { timeout: 120_000 }, async () => {
  await workers.second.stop()
  await comfyuiIs(workers.world.olga, 'partly')
  const { findings } = await look()
  await workers.second.resume()
  const there = findings.filter(({ worker }) => worker === 'second')
  expect(there).toEqual([expect.objectContaining({ check: 'worker', verdict: 'unknown' })])
  expect(verdictOn('default', 'history', findings)).toBe('holds')
})
