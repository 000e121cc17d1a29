/** Which Chromium do the browser tests drive, and how is it started? */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { type BundledChromium, bundledChromium } from './bundled-chromium.ts'

const namesOnPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const launchFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Containers often give /dev/shm 64 MB; Chromium then crashes on large canvases.
  '--disable-dev-shm-usage',
]

const cure =
  'Install Chromium or Chrome, set CHROMIUM_PATH to its executable, or run `npx -y pnpm@10.34.9 install` (it brings one for Linux x64).'

export class NoChromium extends Error {
  override readonly name = 'NoChromium'
}

/** Absolute path of a Chromium: CHROMIUM_PATH, one on the path, else the one of @sparticuz/chromium. @throws NoChromium */
export async function findChromium(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const configured = environment.CHROMIUM_PATH
  if (configured !== undefined && configured !== '') {
    if (isExecutable(configured)) return configured
    throw new NoChromium(`CHROMIUM_PATH names ${configured}, which cannot be executed. ${cure}`)
  }
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    for (const name of namesOnPath) {
      const candidate = join(folder, name)
      if (folder !== '' && isExecutable(candidate)) return candidate
    }
  }
  return (await findBundled()).executable
}

/** A headless Chromium under playwright's control; close it with `browser.close()`. @throws NoChromium */
export async function launchChromium(options: { readonly args?: readonly string[] } = {}): Promise<Browser> {
  const executablePath = await findChromium()
  const args = [...launchFlags, ...(options.args ?? [])]
  try {
    return await chromium.launch({ executablePath, args }).catch(async (cause: unknown) => {
      const bundled = await findBundled().catch(() => undefined)
      if (bundled?.executable !== executablePath) throw cause
      // A server without the libraries of a desktop: the bundled one brings its own.
      return chromium.launch({ executablePath, args, env: { ...definedOnly(process.env), ...bundled.environment } })
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new NoChromium(`The browser ${executablePath} did not start: ${reason}. ${cure}`, { cause })
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

// Only its executable: the package's own args switch web security off and crash on closing a context.
async function findBundled(): Promise<BundledChromium> {
  try {
    return await bundledChromium()
  } catch (cause) {
    throw new NoChromium(`No Chromium was found. ${cure}`, { cause })
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Absent or not executable: the next candidate is tried.
    return false
  }
}
