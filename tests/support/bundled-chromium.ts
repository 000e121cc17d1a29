/** Where is the Chromium that comes with the dependencies? Unpacked once into the ignored `.cache` folder, with its libraries. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const run = promisify(execFile)
const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const cacheDirectory = join(repositoryRoot, '.cache', 'chromium')
const unpackTimeoutMs = 180_000

export interface BundledChromium {
  readonly executable: string
  /** What it needs on a system that lacks the libraries and fonts of a desktop. */
  readonly environment: Readonly<Record<string, string>>
}

/** @throws when the package is not installed, or not for this platform */
export async function bundledChromium(): Promise<BundledChromium> {
  const packageRoot = dirname(dirname(require.resolve('@sparticuz/chromium')))
  const { version } = require(join(packageRoot, 'package.json'))
  const target = join(cacheDirectory, String(version))
  if (!existsSync(target)) await unpack(packageRoot, target)
  return {
    executable: join(target, 'chromium'),
    environment: {
      LD_LIBRARY_PATH: join(target, 'al2023', 'lib'),
      ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_PATH: join(target, 'fonts') }),
    },
  }
}

/** Beside its place first: two workers that start at once would run each other's half-written file. */
async function unpack(packageRoot: string, target: string): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true })
  const partial = await mkdtemp(join(cacheDirectory, `.partial-${basename(target)}-`))
  // The package unpacks into the temporary directory, and believes whatever lies there under its names.
  const program = `
    const { default: chromium, inflate } = await import(${JSON.stringify(pathToFileURL(join(packageRoot, 'build', 'index.js')).href)})
    await chromium.executablePath()
    await inflate(${JSON.stringify(join(packageRoot, 'bin', 'al2023.tar.br'))})`
  try {
    await run(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, TMPDIR: partial },
      timeout: unpackTimeoutMs,
    })
    await rename(partial, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
