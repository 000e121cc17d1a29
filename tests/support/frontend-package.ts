/** Where is the stock ComfyUI frontend on this machine? Downloaded once with pip, kept in the ignored `.cache` folder. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const packageName = 'comfyui-frontend-package'
const downloadTimeoutMs = 300_000
const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const underWay = new Map<string, Promise<string | undefined>>()

export interface FrontendRootOptions {
  readonly cacheDirectory?: string
  readonly pythons?: readonly string[]
  readonly report?: (sentence: string) => void
}

/** The package's `static` folder, downloading it when it is missing; undefined, with a sentence reported, when that fails. */
export function frontendRoot(version = '1.49.6', options: FrontendRootOptions = {}): Promise<string | undefined> {
  const cacheDirectory = options.cacheDirectory ?? join(repositoryRoot, '.cache', 'frontend')
  const target = join(cacheDirectory, version)
  const running = underWay.get(target)
  if (running !== undefined) return running
  const started = findOrDownload(version, cacheDirectory, options).finally(() => underWay.delete(target))
  underWay.set(target, started)
  return started
}

async function findOrDownload(
  version: string,
  cacheDirectory: string,
  options: FrontendRootOptions,
): Promise<string | undefined> {
  const target = join(cacheDirectory, version)
  const root = staticFolder(target)
  if (isComplete(root)) return root
  try {
    await mkdir(cacheDirectory, { recursive: true })
    const partial = await mkdtemp(join(cacheDirectory, `.partial-${version}-`))
    try {
      await downloadInto(partial, version, options.pythons ?? ['python3', 'python'])
      await moveIntoPlace(join(partial, 'unpacked'), target)
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
    return root
  } catch (error) {
    const report = options.report ?? ((sentence: string) => console.error(sentence))
    report(
      `The stock ComfyUI frontend ${version} could not be downloaded: ${lastLine(error)}. ` +
        `Make \`python3 -m pip download ${packageName}==${version}\` work (Python 3 with pip and a reachable package index), then try again.`,
    )
    return undefined
  }
}

async function downloadInto(partial: string, version: string, pythons: readonly string[]): Promise<void> {
  const python = await firstPython(pythons)
  const pip = ['-m', 'pip', 'download', '--no-deps', '--quiet', '--disable-pip-version-check', '--dest', partial]
  await run(python, [...pip, `${packageName}==${version}`], { timeout: downloadTimeoutMs })
  const wheel = (await readdir(partial)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error('pip ended without leaving a wheel')
  const unpacked = join(partial, 'unpacked')
  await run(python, ['-m', 'zipfile', '-e', join(partial, wheel), unpacked], { timeout: downloadTimeoutMs })
  if (!isComplete(staticFolder(unpacked))) throw new Error('the wheel holds no index.html')
}

// Another process may have finished the same download first: its folder is as good as ours.
async function moveIntoPlace(unpacked: string, target: string): Promise<void> {
  try {
    await rename(unpacked, target)
  } catch (error) {
    if (!isComplete(staticFolder(target))) throw error
  }
}

async function firstPython(pythons: readonly string[]): Promise<string> {
  for (const python of pythons) {
    try {
      await run(python, ['-m', 'pip', '--version'])
      return python
    } catch {
      // Not installed, or without pip: the next name is tried.
    }
  }
  throw new Error(`no Python with pip was found (tried ${pythons.join(', ')})`)
}

function staticFolder(unpacked: string): string {
  return join(unpacked, 'comfyui_frontend_package', 'static')
}

function isComplete(root: string): boolean {
  return existsSync(join(root, 'index.html'))
}

function lastLine(error: unknown): string {
  const told = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : ''
  const text = told.trim() === '' && error instanceof Error ? error.message : told
  return (text.trim().split('\n').at(-1) ?? '').replace(/\.$/, '')
}
