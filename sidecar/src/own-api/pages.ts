/** Which pages and scripts of our own can a browser load? A fixed map from the build's manifest; no path reaches the disk. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import express, { type RequestHandler, type Router } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'

export interface PagesOptions {
  /** `dist/web`. */
  readonly webDir: string
}

const manifestShape = z.object({
  inject: z.string(),
  extension: z.string(),
  pages: z.record(z.string(), z.string()),
  assets: z.array(z.string()),
})
export type WebManifest = Readonly<z.infer<typeof manifestShape>>

/** Which page is where; a page that the build does not know is not served. */
const pagePaths: Readonly<Record<string, readonly string[]>> = {
  login: ['/login', '/auth_login.html'],
  setup: ['/setup'],
  invite: ['/invite'],
  register: ['/register'],
  link: ['/link'],
  account: ['/account'],
  admin: ['/admin'],
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  map: 'application/json; charset=utf-8',
}

/** The names in `webDir/manifest.json`. @throws internal where the pages were not built */
export async function readManifest(webDir: string): Promise<WebManifest> {
  try {
    return manifestShape.parse(JSON.parse(await readFile(join(webDir, 'manifest.json'), 'utf8')))
  } catch (cause) {
    throw new GatehouseError('internal', { cause, message: 'The pages of Gatehouse are missing. Run the build first.' })
  }
}

/** Everything is read once, at the start. */
export async function createPages({ webDir }: PagesOptions): Promise<Router> {
  const manifest = await readManifest(webDir)
  const router = express.Router({ caseSensitive: true, strict: true })
  for (const [page, paths] of Object.entries(pagePaths)) {
    const file = manifest.pages[page]
    if (file !== undefined) router.get([...paths], askBeforeLogout, await serveFile(webDir, file, 'no-cache'))
  }
  for (const file of new Set([manifest.inject, ...manifest.assets])) {
    router.get(`/gatehouse/${file}`, await serveFile(webDir, file, 'public, max-age=31536000, immutable'))
  }
  router.get(`/gatehouse/${manifest.extension}`, await serveFile(webDir, manifest.extension, 'no-cache'))
  return router
}

/**
 * A link on another site to `?logout=true` may not sign anybody out: the page is sent to ask first. The page itself
 * cannot tell such a link from a typed address when its referrer is withheld.
 */
const askBeforeLogout: RequestHandler = (request, response, next) => {
  const site = request.get('sec-fetch-site')
  const isForeign = site === 'cross-site' || site === 'same-site'
  const { pathname, searchParams } = new URL(request.originalUrl, 'http://own.invalid')
  if (!isForeign || searchParams.get('logout') !== 'true') return next()
  response.redirect(302, `${pathname}?logout=ask`)
}

async function serveFile(webDir: string, file: string, cacheControl: string): Promise<RequestHandler> {
  const body = await readFile(join(webDir, file))
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const type = types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  return (_request, response) => {
    response.set({ 'Cache-Control': cacheControl, 'Content-Type': type, ETag: etag })
    // Express answers 304 itself when the browser names this tag.
    response.send(body)
  }
}
