import { describe, expect, it } from 'vitest'
import { compileTable } from './compile-table.ts'
import { denied, shared } from './isolation.ts'
import { type Resource, routes, row } from './row.ts'

const both = row('ui:open', shared('a test'))

function resource(table: Resource['table'], name = 'a'): Resource {
  return routes(name, { says: 'A sentence.', source: 'a test', table })
}

describe('compileTable', () => {
  const table = compileTable([
    resource({
      'GET /jobs/:id': both,
      'POST /jobs/cancel': both,
      'POST /jobs/:id': both,
      'GET /static/*': row('anybody', shared('x'), 'root'),
    }),
  ])
  const match = (method: 'GET' | 'HEAD' | 'POST' | 'PUT', path: string, underApi = false) =>
    table.match({ method, segments: path.split('/').filter((part) => part !== ''), underApi })?.key

  it('matches a route with and without /api, and HEAD as GET', () => {
    expect([match('GET', 'jobs/x'), match('GET', 'jobs/x', true), match('HEAD', 'jobs/x')]).toEqual(
      Array(3).fill('GET /jobs/:id'),
    )
  })
  it('prefers a literal segment to a parameter', () => {
    expect(match('POST', 'jobs/cancel')).toBe('POST /jobs/cancel')
  })
  it('matches a wildcard only below its folder and only at its side of /api', () => {
    expect([match('GET', 'static/a/b'), match('GET', 'static'), match('GET', 'static/a', true)]).toEqual([
      'GET /static/*',
      undefined,
      undefined,
    ])
  })
  it.each([
    ['PUT', 'jobs/x'],
    ['GET', 'jobsx/x'],
    ['GET', 'jobs/x/y'],
    ['GET', 'JOBS/x'],
  ] as const)('finds no row for %s /%s', (method, path) => {
    expect(match(method, path)).toBeUndefined()
  })

  it('lets a folder and what lies below it be different rows', () => {
    const files = compileTable([resource({ 'GET /assets': both, 'GET /assets/*': both })])
    expect(files.match({ method: 'GET', segments: ['assets'], underApi: true })?.key).toBe('GET /assets')
  })

  it.each<[string, () => unknown]>([
    [
      'two rows that fit the same request',
      () => compileTable([resource({ 'GET /a/:x': both }), resource({ 'GET /a/:y': both }, 'b')]),
    ],
    ['an unknown method', () => compileTable([resource(Object.fromEntries([['BREW /a', both]]))])],
    [
      'a resource without a sentence',
      () => compileTable([{ ...resource({ 'GET /a': row('ui:open', denied('x')) }), says: ' ' }]),
    ],
  ])('refuses %s', (_name, compile) => {
    expect(compile).toThrow(TypeError)
  })
})
