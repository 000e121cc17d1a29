/** Does every route of ComfyUI have a row, every row a route, and every row a test? */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import type { Row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { tested } from './tested-rows.ts'

interface Route {
  readonly method: string
  readonly path: string
  readonly at: 'both' | 'root' | 'api'
}

const tests = dirname(dirname(fileURLToPath(import.meta.url)))
const table = compileTable(resources)
const versions = ['0.3.64', '0.33.0'].map((version) => [version, routesOf(version)] as const)

/** ComfyUI-Manager and packs bring these; the page asks for the last one, and ComfyUI has none. */
const notComfyuis = /^(?:manager|custom-\d+)$|^GET \/user\.css$/
/** Below the root mount of the frontend package ComfyUI serves any file; these are the ones that have rows. */
const ofTheFrontend = /^GET \/(?:index\.html|assets|fonts|cursor|scripts|extensions|favicon\.ico|materialdesignicons)/
/** The assets API is one wall of rows: each of its routes stands behind a wildcard. */
const walls: ReadonlySet<string> = new Set(['assets'])

function routesOf(version: string): readonly Route[] {
  const file = join(tests, 'fixtures', `comfyui-routes.${version}.json`)
  return (JSON.parse(readFileSync(file, 'utf8')) as { routes: Route[] }).routes
}

function segmentsOf(path: string): { segments: readonly string[]; isJobsTwin: boolean } {
  const isJobsTwin = path.startsWith('/api/jobs')
  const own = isJobsTwin ? path.slice('/api'.length) : path
  const parts = own === '/' ? [] : own.slice(1).split('/')
  return { segments: parts.map((part) => part.replace(/^\{.*\}$/, 'anything').replace('*', 'anything')), isJobsTwin }
}

function rowFor({ method, path }: Route, underApi: boolean): Row | undefined {
  const known = (['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const).find((each) => each === method)
  return known === undefined ? undefined : table.match({ method: known, segments: segmentsOf(path).segments, underApi })
}

describe.each(versions)('ComfyUI %s', (_version, routes) => {
  it('has no route without a row, on either side of /api', () => {
    const missing = routes.flatMap((route) => {
      // The root mount is the frontend package itself: what has no row there is not served.
      if (route.path === '/*') return []
      const sides = route.at === 'both' ? [false, true] : [route.at === 'api']
      return sides
        .filter((underApi) => rowFor(route, underApi) === undefined)
        .map(() => `${route.method} ${route.path}`)
    })
    expect(missing).toEqual([])
  })
})

describe('the table', () => {
  it('has no row without a route of ComfyUI', () => {
    const matched = new Set(
      versions.flatMap(([, routes]) =>
        routes.flatMap((route) => [rowFor(route, false)?.key, rowFor(route, true)?.key]),
      ),
    )
    const idle = table.rows
      .filter((row) => !notComfyuis.test(row.resource) && !notComfyuis.test(row.key) && !ofTheFrontend.test(row.key))
      .filter((row) => !walls.has(row.resource) && !matched.has(row.key))
    // Example workflows of packs are mounted only where there are packs.
    expect(idle.map(({ key }) => key)).toEqual(['GET /workflow_templates/*'])
  })

  it('names a test for every row', () => {
    const unnamed = table.rows.filter((row) => tested[row.key] === undefined)
    expect(unnamed.map(({ key }) => key)).toEqual([])
  })

  it('names no test of a row that is gone', () => {
    const keys = new Set<string>(table.rows.map(({ key }) => key))
    expect(Object.keys(tested).filter((key) => !keys.has(key))).toEqual([])
  })

  it.each(Object.entries(tested))('%s is really asked for there', (key, files) => {
    const path = key.slice(key.indexOf(' ') + 1)
    // Up to the first parameter, or what the test puts in its place.
    const literal = path.split(/[:*]/)[0] ?? path
    for (const file of files) {
      const text = readFileSync(join(tests, file), 'utf8')
      expect(text.includes(literal.replace(/\/$/, '')), `${file} says nothing of ${literal}`).toBe(true)
    }
  })

  it('knows no folder of tests that has vanished', () => {
    const folders = new Set(Object.values(tested).flatMap((files) => files.map((file) => dirname(file))))
    for (const folder of folders) expect(readdirSync(join(tests, folder)).length).toBeGreaterThan(0)
  })
})
