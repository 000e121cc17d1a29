/**
 * Which versions of ComfyUI does Gatehouse work with? Runs the suites that meet a real ComfyUI against each one named in
 * COMFYUI_DIRS (folders, separated as in PATH), and prints who passed. `pnpm test:matrix [suite ...]`.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { build } from '../../scripts/build.ts'
import { findRealComfyui, noRealComfyui, type RealComfyuiPlace } from '../support/real-comfyui.ts'
import { realUpstreamsVariable, startRealUpstream } from '../support/real-upstream.ts'
import { readResult, type SuiteResult, writeTable } from './matrix-table.ts'
import { type Suite, suites } from './suites.ts'
import { runTestsUnit } from './tests-unit/run.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, '.cache', 'matrix')

/** ComfyUI's own. */
const testsUnit = 'tests-unit'

/** As many as worlds stand at once in one file of sentences. */
const upstreamCount = 2

const words = process.argv.slice(2).filter((word) => word !== '--')
const isChosen = (name: string) => words.length === 0 || words.includes(name)
const chosen = suites.filter(({ name }) => isChosen(name))
const places = (process.env.COMFYUI_DIRS ?? '')
  .split(delimiter)
  .filter((directory) => directory !== '')
  .map((directory) => requirePlace({ COMFYUI_DIR: directory }))
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

mkdirSync(folder, { recursive: true })
await build({ outDir: join(root, 'dist') })
const results: SuiteResult[] = []
for (const place of places.length > 0 ? places : [requirePlace(process.env)]) {
  for (const suite of chosen) tell(await runSuite(place, suite))
  if (isChosen(testsUnit)) tell({ version: place.version, suite: testsUnit, ...(await runTestsUnit(place)) })
}
const table = writeTable(results, 'whole')
writeFileSync(join(folder, 'table.md'), table)
console.log(`\n${table}`)
process.exitCode = results.length > 0 && results.every(isGood) ? 0 : 1

/** What was skipped whole says so in the table; what is empty without a word is no success. */
function isGood({ passed, failed, skipped }: SuiteResult): boolean {
  return failed.length === 0 && passed + skipped.length > 0
}

function tell(result: SuiteResult): void {
  results.push(result)
  console.log(writeTable([result], 'short'))
}

function requirePlace(environment: NodeJS.ProcessEnv): RealComfyuiPlace {
  const place = findRealComfyui(environment)
  if (place === undefined) throw new Error(`${environment.COMFYUI_DIR ?? ''} ${noRealComfyui}`)
  return place
}

async function runSuite(place: RealComfyuiPlace, suite: Suite): Promise<SuiteResult> {
  const environment = { COMFYUI_DIR: place.directory, COMFYUI_PYTHON: place.python }
  // The ComfyUIs of this run are found as those of a test are.
  Object.assign(process.env, environment)
  await using stack = new AsyncDisposableStack()
  const upstreams = []
  if (suite.standsOnUpstreams) {
    for (let count = 0; count < upstreamCount; count += 1) upstreams.push(stack.use(await startRealUpstream()))
  }
  const more = upstreams.length === 0 ? {} : { [realUpstreamsVariable]: JSON.stringify(upstreams) }
  const name = `${place.version}-${suite.name}`
  const report = join(folder, `${name}.json`)
  rmSync(report, { force: true })
  await runVitest(suite, report, join(folder, `${name}.log`), more)
  const text = existsSync(report) ? readFileSync(report, 'utf8') : undefined
  return { version: place.version, suite: suite.name, ...readResult(text, suite) }
}

async function runVitest(
  suite: Suite,
  report: string,
  log: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const args = ['run', '--project', suite.project, '--maxWorkers', '1', ...reporters, ...suite.files]
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((done) => child.once('close', () => done()))
  writeFileSync(log, Buffer.concat(chunks))
}
