/**
 * A proxy that judges one reading of a request and forwards another is bypassed (A01 to A04, A46, A47, B03 to B06, B33).
 * Raw sockets send what no HTTP client would: targets in every odd form, two lengths, hidden bodies, folded and
 * doubled headers. Whatever the sidecar answers, ComfyUI must hear of nothing that was not judged.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import { createWorld, type World } from '../support/world.ts'
import { exchangeRaw, rawRequest } from './raw-socket.ts'

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld()
  await (await world.alice.queues(savedPicture('raw'))).finishes()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

const isOwnTraffic = (url: string) => /^\/(?:object_info|system_stats|ws|history|queue|api\/jobs)(?:[/?]|$)/.test(url)

/** What reached ComfyUI since the test began, beside what the sidecar asks by itself. */
function forwarded(): readonly string[] {
  const since = world.practice.requests.slice(heard)
  return since
    .filter(({ method, url }) => method !== 'GET' || !isOwnTraffic(url))
    .map(({ method, url }) => `${method} ${url}`)
}

const bearer = (key: string): string => `Authorization: Bearer ${key}`

describe('a stranger gets past the door with no form of a target', () => {
  // A01: suffixes that peers let through. A02: public prefixes without their slash. A03: with and without /api.
  const targets = [
    ...['.js', '.css', '.css.map', '.ico', '.png', '.json', '.mp4', '.html', '.svg'].flatMap((ending) => [
      `/userdata/x${ending}`,
      `/history${ending}`,
      `/view${ending}?filename=x.png`,
      `/prompt${ending}`,
    ]),
    ...[
      '/loginx',
      '/login/x',
      '/staticx',
      '/wsx',
      '/assetsx',
      '/fontsx',
      '/healthx',
      '/health/x',
      '/readyx',
      '/setupx',
    ],
    ...['/auth_login.html/x', '/auth_login.htmlx', '/gatehousex', '/favicon.icox', '/favicon.ico/x'],
    ...[
      '/api/assets/x',
      '/api/fonts/x',
      '/api/favicon.ico',
      '/api/login',
      '/api/setup',
      '/api/ready',
      '/api/gatehouse/api/v1/me',
    ],
    ...[
      '/api/auth/loginx',
      '/api/auth/login/x',
      '/api/healthx',
      '/api/health/x',
      '/api/api/health',
      '/api/api/auth/login',
    ],
    ...['/prompt', '/queue', '/history', '/view?filename=x.png', '/internal/logs', '/system_stats', '/object_info'],
    ...['/extensions/core/x.js', '/templates/x.json', '/docs/x.md', '/scripts/app.js', '/'],
    // A17: parameters that elsewhere switch a check off.
    ...['/history?bypass=true', '/history?debug=1', '/history?token=', '/history?api_key=', '/history?user=alice'],
    '/assets/%2e%2e/queue',
    '/assets/../queue',
    '/assets/..%2fqueue',
    '/assets/%2e%2e%2fqueue',
    '/assets//queue',
    '/login/../queue',
    '/health/..%2fqueue',
    '/health;/queue',
    '/health%00',
    '/health%2f..%2fqueue',
    '/gatehouse/../queue',
    '/gatehouse/%2e%2e/queue',
    '/gatehouse/..%2f..%2fqueue',
  ]
  it.each(targets)('%s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await exchangeRaw(
        world.address,
        rawRequest(`${method} ${target}`, [], method === 'POST' ? '{}' : ''),
      )
      expect(answer.status, `${method} ${target}`).toBeGreaterThanOrEqual(400)
      expect(answer.status, `${method} ${target}`).toBeLessThan(500)
    }
    expect(forwarded().filter((line) => !/^GET \/(?:assets|fonts)\//.test(line))).toEqual([])
  })
})

describe('a target has one reading or none', () => {
  it.each([
    ['an absolute form', 'http://evil.test/history'],
    ['an absolute form of our own', 'http://gatehouse.test/history'],
    ['a fragment', '/history#x'],
    ['a fragment before a query', '/history#?x=1'],
    ['a backslash', '/\\history'],
    ['a backslash between', '/api\\history'],
    ['two slashes', '//history'],
    ['two slashes after the prefix', '/api//history'],
    ['a slash behind', '/history/'],
    ['a dot', '/./history'],
    ['a dot dot', '/x/../history'],
    ['an encoded dot dot', '/x/%2e%2e/history'],
    ['a twice encoded dot dot', '/x/%252e%252e/history'],
    ['an encoded slash', '/api%2Fhistory'],
    ['another case', '/HISTORY'],
    ['a parameter', '/history;a'],
    ['a null byte', '/history%00'],
    ['a line break', '/history%0d%0aX-Injected:%201'],
    ['a tab', '/history%09'],
    ['a broken escape', '/history%'],
    ['another broken escape', '/%zzhistory'],
    ['no UTF-8', '/history/%ff'],
    ['an over-long UTF-8 slash', '/x%c0%af..%c0%afhistory'],
    ['a full-width dot dot', '/x/%ef%bc%8e%ef%bc%8e/history'],
    ['three prefixes', '/api/api/api/jobs'],
    ['two prefixes', '/api/api/history'],
    ['a star', '*'],
    ['an authority', 'gatehouse.test:80'],
    ['nothing', ''],
    ['a repeated key', '/history?offset=0&offset=1'],
    ['a repeated key in two encodings', '/history?offset=0&%6fffset=1'],
    ['a repeated credential', '/history?token=a&token=b'],
  ])('%s names nothing', async (_what, target) => {
    const answer = await exchangeRaw(world.address, rawRequest(`GET ${target}`, [bearer(world.alice.key)]))
    expect([400, 401, 404]).toContain(answer.status)
    expect(answer.text).not.toContain('X-Injected')
    expect(forwarded()).toEqual([])
  })

  it.each(['/%68istory', '/api/%68istory', '/histor%79'])('%s is /history', async (target) => {
    const answer = await exchangeRaw(world.address, rawRequest(`GET ${target}`, [bearer(world.alice.key)]))
    expect([answer.status, Object.keys(JSON.parse(answer.body)).length]).toEqual([200, 1])
  })
})

describe('a request ends where both parsers say it ends', () => {
  const inner = 'POST /free HTTP/1.1\r\nHost: inner\r\nContent-Length: 2\r\n\r\n{}'
  const post = (headers: readonly string[], body: string): string =>
    `POST /api/settings HTTP/1.1\r\nHost: gatehouse.test\r\n${bearer(world.olga.key)}\r\n${headers.join('\r\n')}\r\n\r\n${body}`
  it.each([
    ['two lengths', ['Content-Length: 2', 'Content-Length: 60'], `{}${inner}`],
    ['two lengths in one', ['Content-Length: 2, 60'], `{}${inner}`],
    ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked'], `0\r\n\r\n${inner}`],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${inner}`],
    ['xchunked', ['Transfer-Encoding: xchunked', 'Content-Length: 2'], `{}${inner}`],
    ['chunked not last', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${inner}`],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], `0\r\n\r\n${inner}`],
    ['a folded header', ['Transfer-Encoding:', ' chunked'], `0\r\n\r\n${inner}`],
    ['a space before the colon', ['Transfer-Encoding : chunked'], `0\r\n\r\n${inner}`],
    ['a vertical tab', ['Transfer-Encoding: \x0bchunked'], `0\r\n\r\n${inner}`],
    ['a negative length', ['Content-Length: -1'], inner],
    ['a length with a sign', ['Content-Length: +2'], `{}${inner}`],
    ['a hexadecimal length', ['Content-Length: 0x2'], `{}${inner}`],
    ['a chunk with a sign', ['Transfer-Encoding: chunked'], `+2\r\n{}\r\n0\r\n\r\n${inner}`],
    ['a chunk that is longer than said', ['Transfer-Encoding: chunked'], `2\r\n{}x\r\n0\r\n\r\n${inner}`],
    ['a bare line feed in a chunk', ['Transfer-Encoding: chunked'], `2\n{}\n0\n\n${inner}`],
    ['a bare line feed in the head', ['X-A: 1\nContent-Length: 60', 'Content-Length: 2'], `{}${inner}`],
    ['a null byte in a header', ['X-A: a\0b', 'Content-Length: 2'], `{}${inner}`],
  ])('%s: nothing inside is taken for a request of its own', async (_what, headers, body) => {
    const answer = await exchangeRaw(world.address, `${post(headers, body)}`)
    expect(answer.text.match(/HTTP\/1\.1 \d/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect([0, 400]).toContain(answer.status)
    expect(forwarded()).toEqual([])
  })

  it('a second request on the connection is judged by its own credentials', async () => {
    const first = rawRequest('GET /history', [bearer(world.alice.key)], '', 'Connection: keep-alive')
    const answer = await exchangeRaw(world.address, `${first}${rawRequest('GET /history')}`)
    expect(answer.text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401'])
  })

  it.each(['get', 'Get', 'post', 'CONNECT', 'TRACE', 'PROPFIND', 'GETX', 'X'])(
    'the method %s does nothing',
    async (method) => {
      const target = method === 'CONNECT' ? 'gatehouse.test:443' : '/history'
      const answer = await exchangeRaw(world.address, rawRequest(`${method} ${target}`, [bearer(world.alice.key)]))
      expect([0, 400]).toContain(answer.status)
      expect(forwarded()).toEqual([])
    },
  )

  it.each(['X-HTTP-Method-Override', 'X-Method-Override', 'X-HTTP-Method'])('%s changes no method', async (name) => {
    const answer = await exchangeRaw(
      world.address,
      rawRequest('GET /history', [bearer(world.alice.key), `${name}: POST`]),
    )
    expect(answer.status).toBe(200)
  })

  it('Expect: 100-continue is answered before the body, and brings no forged identity along', async () => {
    const headers = [
      bearer(world.bob.key),
      'Expect: 100-continue',
      'comfy-user: alice',
      'Content-Type: application/json',
    ]
    const answer = await exchangeRaw(world.address, rawRequest('POST /history', headers, '{"clear":true}'))
    expect(answer.text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
    expect(Object.keys(await world.alice.json('/history'))).toHaveLength(1)
    const odd = await exchangeRaw(world.address, rawRequest('GET /history', [bearer(world.bob.key), 'Expect: 200-ok']))
    expect(odd.status).toBe(417)
  })
})
