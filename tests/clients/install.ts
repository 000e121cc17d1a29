/** How does a third-party client come onto this machine? Its own installer, once, into the ignored `.cache` folder. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Pin } from './pins.ts'

const run = promisify(execFile)
const installTimeoutMs = 300_000
const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.cache', 'clients')
const underWay = new Map<string, Promise<string>>()

export interface Python {
  readonly path: string
  readonly version: string
}

/** What a suite prints when its Python half is skipped. */
export const noPython = 'SKIPPED: no python3 (3.10 or newer) is on this machine, so no Python client ran.'

/** The first Python that is new enough; undefined when there is none. */
export async function findPython(): Promise<Python | undefined> {
  for (const path of ['python3', 'python']) {
    try {
      const { stdout } = await run(path, ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'])
      const version = stdout.trim()
      const [major = 0, minor = 0] = version.split('.').map(Number)
      if (major === 3 && minor >= 10) return { path, version }
    } catch {
      // Not on this machine: the next name is tried.
    }
  }
  return undefined
}

/**
 * The folder of a PyPI package and all it needs, for PYTHONPATH. One for each package, since they disagree about
 * versions; filled by `pip --target`, which needs neither the venv module nor leave to change the machine's Python.
 */
export function installFromPypi(python: Python, pin: Pin): Promise<string> {
  const command = [python.path, '-m', 'pip', 'install', `${pin.name}==${pin.version}`]
  return placeOnce(pin, join(cache, `python${python.version}`, folderName(pin)), command.join(' '), (folder) =>
    run(
      python.path,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-warn-script-location']
        .concat(['--no-compile', '--target', folder])
        .concat(`${pin.name}==${pin.version}`),
      { timeout: installTimeoutMs },
    ),
  )
}

/** The folder whose node_modules holds an npm package. No script of a package runs. */
export function installFromNpm(pin: Pin): Promise<string> {
  const wanted = `${pin.name}@${pin.version}`
  return placeOnce(pin, join(cache, 'node', folderName(pin)), `npm install ${wanted}`, (folder) =>
    run(
      'npm',
      [
        'install',
        '--no-save',
        '--ignore-scripts',
        '--omit=peer',
        '--no-audit',
        '--no-fund',
        '--prefix',
        folder,
        wanted,
      ],
      // The workspace's package.json is no project of npm's.
      { cwd: folder, timeout: installTimeoutMs, shell: process.platform === 'win32' },
    ),
  )
}

/** Fills a folder beside its place and moves it there whole, so that a folder in place is always complete. */
function placeOnce(pin: Pin, target: string, command: string, fill: (folder: string) => Promise<unknown>) {
  const started = underWay.get(target) ?? place(target, fill).catch((error: unknown) => fail(pin, command, error))
  underWay.set(target, started)
  return started
}

async function place(target: string, fill: (folder: string) => Promise<unknown>): Promise<string> {
  if (existsSync(target)) return target
  await mkdir(dirname(target), { recursive: true })
  const partial = await mkdtemp(join(dirname(target), '.partial-'))
  try {
    await fill(partial)
    await rename(partial, target).catch((error: unknown) => {
      // Another process finished the same package first: its folder is as good as ours.
      if (!existsSync(target)) throw error
    })
    return target
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

function fail(pin: Pin, command: string, error: unknown): never {
  const told = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : ''
  const reason = told.trim() === '' ? String(error) : (told.trim().split('\n').at(-1) ?? '')
  throw new Error(
    `The ${pin.registry} client ${pin.name} ${pin.version} could not be installed: ${reason} ` +
      `Make \`${command}\` work on this machine (a reachable package index), then run the tests again.`,
    { cause: error },
  )
}

function folderName(pin: Pin): string {
  return `${pin.name.replace(/^@/, '').replace('/', '-')}-${pin.version}`
}
