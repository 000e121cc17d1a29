/** Which files does the browser get, and under which names? Bundles with their hashes, and the pages that name them. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build as bundle } from 'esbuild'
import { pageNames, renderPage } from './page-html.ts'

/** What the sidecar reads to know which names to serve; all paths are relative to the manifest. */
export interface WebManifest {
  /** Served as `/gatehouse/<inject>`. */
  readonly inject: string
  readonly extension: string
  /** Page name to its HTML file. */
  readonly pages: Readonly<Record<string, string>>
  /** Served below `/gatehouse/`, immutable. */
  readonly assets: readonly string[]
}

const browsers = ['chrome109', 'firefox115', 'safari16.4']

/** Bundles `extension/` and `web/` of `root` into `outDir`. */
export async function buildWeb(root: string, outDir: string): Promise<WebManifest> {
  await mkdir(join(outDir, 'assets'), { recursive: true })
  const [inject, extension, assets] = await Promise.all([
    buildInject(root, outDir),
    buildExtension(root, outDir),
    buildAssets(root, outDir),
  ])
  const pages = await writePages(outDir, assets)
  const manifest: WebManifest = { inject, extension, pages, assets: [...assets.values()].sort() }
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** The page script alone, as text: what the size budget is about. */
export async function bundleInject(root: string): Promise<string> {
  const { outputFiles } = await bundle({
    entryPoints: [join(root, 'extension/src/inject/main.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: browsers,
    logLevel: 'error',
  })
  return outputFiles.map((file) => file.text).join('')
}

async function buildInject(root: string, outDir: string): Promise<string> {
  const text = await bundleInject(root)
  const name = `inject-${contentHash(text)}.js`
  await writeFile(join(outDir, name), text)
  return name
}

async function buildExtension(root: string, outDir: string): Promise<string> {
  await bundle({
    entryPoints: [join(root, 'extension/src/extension/main.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: browsers,
    outfile: join(outDir, 'extension.js'),
    logLevel: 'error',
  })
  return 'extension.js'
}

/** Bundles every page's script and style; maps the plain name (`login.js`) to the hashed one. */
async function buildAssets(root: string, outDir: string): Promise<ReadonlyMap<string, string>> {
  const result = await bundle({
    entryPoints: [
      ...pageNames.map((name) => ({ in: join(root, `web/src/${name}/main.tsx`), out: name })),
      { in: join(root, 'web/src/waiting/main.ts'), out: 'waiting' },
      { in: join(root, 'web/src/style/page.css'), out: 'page' },
      { in: join(root, 'web/src/style/icon.svg'), out: 'icon' },
    ],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: browsers,
    loader: { '.svg': 'copy' },
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    outdir: join(outDir, 'assets'),
    logLevel: 'error',
  })
  const names = new Map<string, string>()
  for (const file of result.outputFiles) {
    const hashed = basename(file.path)
    await writeFile(join(outDir, 'assets', hashed), file.contents)
    names.set(hashed.replace(/-[A-Z0-9]{8}(?=\.[a-z]+$)/, ''), `assets/${hashed}`)
  }
  return names
}

async function writePages(
  outDir: string,
  assets: ReadonlyMap<string, string>,
): Promise<Readonly<Record<string, string>>> {
  const pages: Record<string, string> = {}
  for (const name of [...pageNames, 'waiting'] as const) {
    pages[name] = `${name}.html`
    await writeFile(join(outDir, `${name}.html`), renderPage(name, assets))
  }
  return pages
}

/** Eight characters name a version; nobody's safety hangs on them. */
function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
