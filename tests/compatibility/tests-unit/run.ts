/**
 * Do ComfyUI's own tests of its server pass when Gatehouse stands in between? Runs those of `tests-unit` that speak HTTP
 * to an application they build, once directly and once through the sidecar, and tells what tells the two apart.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { RealComfyuiPlace } from '../../support/real-comfyui.ts'
import type { Outcome } from '../matrix-table.ts'
import { openDoor } from './door.ts'
import { explanationOf } from './explained.ts'
import { type Result, readJunit } from './junit.ts'

const needed = ['pytest', 'pytest_asyncio', 'pytest_aiohttp']

/** What isolation explains counts as skipped, with the reason; what fails without Gatehouse, too. */
export async function runTestsUnit(place: RealComfyuiPlace): Promise<Outcome> {
  const missing = needed.filter((module) => !hasModule(place, module))
  if (missing.length > 0) {
    return { passed: 0, failed: [], skipped: [`everything: ${missing.join(', ')} is not in its Python environment`] }
  }
  const files = httpTests(join(place.directory, 'tests-unit'))
  const direct = await runPytest(place, files, [], {})
  await using door = await openDoor()
  const through = await runPytest(place, files, ['-p', 'no:aiohttp', '-p', 'behind_gatehouse'], {
    GATEHOUSE_TEST_DOOR: JSON.stringify(door),
  })
  const failsDirectly = new Set(direct.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name))
  const reasonOf = ({ name, outcome }: Result) => {
    if (outcome === 'skipped') return 'it skips itself'
    return failsDirectly.has(name) ? 'it fails without Gatehouse' : explanationOf(name)
  }
  const rest = through.filter(({ outcome }) => outcome !== 'passed')
  const lost = through.length === direct.length ? [] : [`${direct.length} tests became ${through.length}`]
  return {
    passed: through.length - rest.length,
    failed: [
      ...lost,
      ...rest.filter((test) => reasonOf(test) === undefined).map(({ name, says }) => `${name}: ${says}`),
    ],
    skipped: rest.flatMap((test) => {
      const reason = reasonOf(test)
      return reason === undefined ? [] : [`${test.name} (${reason})`]
    }),
  }
}

function hasModule({ directory, python }: RealComfyuiPlace, module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`], { cwd: directory }).status === 0
}

/** Those that ask for a client of an application they built; the others never leave their process, or start a server. */
function httpTests(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.py') && readFileSync(join(folder, name), 'utf8').includes('aiohttp_client('))
    .map((name) => join('tests-unit', name))
    .sort()
}

async function runPytest(
  { directory, python }: RealComfyuiPlace,
  names: readonly string[],
  plugins: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tests-unit-'))
  const report = join(folder, 'junit.xml')
  const path = [import.meta.dirname, process.env.PYTHONPATH ?? ''].filter((one) => one !== '').join(delimiter)
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...plugins, `--junitxml=${report}`, ...names]
  const child = spawn(python, args, {
    cwd: directory,
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
    })
  }
  await new Promise<void>((done) => child.once('close', () => done()))
  try {
    return readJunit(readFileSync(report, 'utf8'))
  } catch (cause) {
    throw new Error(`pytest wrote no report. It said:\n${text}`, { cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
