/** What does the build give the browser? The bundles of a fresh build, found by the paths the sidecar serves them at. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { buildWeb } from '../../scripts/build/browser-bundles.ts'

export interface BuiltWeb {
  readonly injectUrl: string
  find(path: string): { readonly type: string; readonly content: Buffer } | undefined
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const pagePaths: Readonly<Record<string, string>> = {
  '/login': 'login',
  '/auth_login.html': 'login',
  '/setup': 'setup',
  '/account': 'account',
  '/admin': 'admin',
  '/invite': 'invite',
  '/register': 'register',
  '/link': 'link',
  '/waiting': 'waiting',
}

const root = join(import.meta.dirname, '../..')

export async function buildForTests(): Promise<BuiltWeb> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-web-'))
  const manifest = await buildWeb(root, folder)
  const served = new Map<string, string>()
  for (const asset of [...manifest.assets, manifest.inject]) served.set(`/gatehouse/${asset}`, asset)
  for (const [path, page] of Object.entries(pagePaths)) served.set(path, manifest.pages[page] ?? '')
  served.set('/extensions/gatehouse/extension.js', manifest.extension)
  const files = new Map<string, { readonly type: string; readonly content: Buffer }>()
  for (const [path, file] of served) {
    files.set(path, { type: types[extname(file)] ?? '', content: await readFile(join(folder, file)) })
  }
  await rm(folder, { recursive: true })
  return { injectUrl: `/gatehouse/${manifest.inject}`, find: (path) => files.get(path) }
}
