/** How does the checkout become `dist/`? Everything is built beside it and takes its place at once. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildWeb } from './build/browser-bundles.ts'
import { buildPack } from './build/pack-folder.ts'
import { buildSidecar } from './build/sidecar-bundle.ts'

const root = join(import.meta.dirname, '..')

export interface BuildReport {
  readonly outDir: string
  /** What the checkout does not have yet, one sentence each. */
  readonly missing: readonly string[]
}

/** Builds the sidecar, the pages and the pack into `outDir`; whoever reads `outDir` meanwhile sees the old or the new. */
export async function build(options: { readonly outDir?: string } = {}): Promise<BuildReport> {
  const outDir = resolve(options.outDir ?? join(root, 'dist'))
  await mkdir(dirname(outDir), { recursive: true })
  const scratch = await mkdtemp(join(dirname(outDir), `.${basename(outDir)}-`))
  try {
    const fresh = join(scratch, 'new')
    const [hasSidecar] = await Promise.all([
      buildSidecar(root, join(fresh, 'sidecar')),
      buildWeb(root, join(fresh, 'web')),
    ])
    const hasPack = await buildPack(root, fresh)
    await replace(outDir, fresh, join(scratch, 'old'))
    const missing = [
      ...(hasSidecar ? [] : ['The sidecar was not built: sidecar/src/cli/main.ts does not exist.']),
      ...(hasPack ? [] : ['The companion pack was not built: extension/pack/__init__.py does not exist.']),
    ]
    return { outDir, missing }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Puts `fresh` where `outDir` is; a build that runs at the same time may have done so in between. */
async function replace(outDir: string, fresh: string, old: string): Promise<void> {
  if (existsSync(outDir)) await rename(outDir, old)
  try {
    await rename(fresh, outDir)
  } catch (cause) {
    if (!existsSync(outDir)) throw cause
    await rm(outDir, { recursive: true })
    await rename(fresh, outDir)
  }
}

async function main(): Promise<void> {
  const startedMs = performance.now()
  const { outDir, missing } = await build()
  for (const sentence of missing) console.warn(sentence)
  console.log(`Built ${outDir} in ${Math.round(performance.now() - startedMs)} ms.`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
