/**
 * A stranger who cannot get in can still try to stay: connections that were refused but never ended, heads and bodies
 * that never finish, upgrades on routes that know none. Each of them has to cost the stranger the connection, and a
 * refused upgrade must never become a tunnel.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createListener } from '../../sidecar/src/app.ts'
import { until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { exchangeRaw, openRaw, rawRequest } from './raw-socket.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

const upgradeHeaders = (protocol: string): readonly string[] => [
  `Upgrade: ${protocol}`,
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]

/** Reads to the server's end, says nothing of its own end, and finds out whether the server still holds the socket. */
async function isLetGo(bytes: string): Promise<boolean> {
  const socket = openRaw(world.address, { allowHalfOpen: true })
  let isReset = false
  socket.on('error', () => {
    isReset = true
  })
  socket.resume()
  socket.write(bytes)
  await once(socket, 'end')
  await until(async () => {
    if (!isReset) socket.write('x')
    return isReset ? true : undefined
  })
  socket.destroy()
  return isReset
}

describe('a refused connection is given up by the sidecar itself', () => {
  it.each([
    ['an upgrade of a stranger', rawRequest('GET /ws', upgradeHeaders('websocket'), '', 'Connection: Upgrade')],
    [
      'an upgrade of a foreign page',
      rawRequest('GET /ws', [...upgradeHeaders('websocket'), 'Origin: http://evil.test'], '', 'Connection: Upgrade'),
    ],
    ['a broken head', 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n'],
    ['a request that is refused with its body unread', rawRequest('POST /prompt', [], '{}')],
  ])('%s', async (_what, bytes) => {
    expect(await isLetGo(bytes)).toBe(true)
  })
})

describe('an upgrade belongs to the socket route alone', () => {
  it.each([
    '/history',
    '/api/history',
    '/',
    '/wsx',
    '/api/wsx',
    '/ws/x',
    '/assets/x',
    '/gatehouse/api/v1/me',
    '/health',
  ])('a stranger who upgrades %s opens no tunnel', async (path) => {
    const before = world.practice.requests.length
    const answer = await exchangeRaw(
      world.address,
      `${rawRequest(`GET ${path}`, upgradeHeaders('websocket'), '', 'Connection: Upgrade')}GET /queue HTTP/1.1\r\nHost: inner\r\n\r\n`,
    )
    expect(answer.status).not.toBe(101)
    expect(answer.text.match(/HTTP\/1\.1 \d/g)?.length).toBe(1)
    expect(world.practice.requests.slice(before).filter(({ url }) => url !== '/assets/x')).toEqual([])
  })

  it.each(['h2c', 'websocket2', 'TLS/1.0', 'h2c, websocket'])(
    'a client that offers %s is answered in HTTP/1.1 as if it had not',
    async (protocol) => {
      for (const path of ['/history', '/api/history']) {
        const headers = [
          `Upgrade: ${protocol}`,
          'HTTP2-Settings: AAMAAABkAAQAAP__',
          `Authorization: Bearer ${world.alice.key}`,
        ]
        const offered = await exchangeRaw(
          world.address,
          rawRequest(`GET ${path}`, headers, '', 'Connection: Upgrade, HTTP2-Settings, close'),
        )
        expect([offered.status, offered.body]).toEqual([200, '{}'])
      }
    },
  )
})

describe('time and size are bounded before anything is parsed', () => {
  it('is set on every listener: heads, bodies, idle connections, connections', () => {
    const listener = createListener({ maxConnections: 7, tls: undefined })
    expect(listener.maxConnections).toBe(7)
    for (const timeoutMs of [listener.headersTimeout, listener.requestTimeout, listener.keepAliveTimeout]) {
      expect(timeoutMs).toBeGreaterThan(0)
    }
    expect(listener.headersTimeout).toBeLessThanOrEqual(30_000)
    expect(listener.keepAliveTimeout).toBeLessThanOrEqual(75_000)
    expect(listener.requestTimeout).toBeLessThanOrEqual(15 * 60_000)
  })

  it('refuses a flood of headers instead of dropping those beyond a count', async () => {
    const filler = Array.from({ length: 120 }, (_, index) => `X-${index}: 1`)
    for (const path of ['/history', '/api/history', '/health']) {
      const answer = await exchangeRaw(
        world.address,
        rawRequest(`GET ${path}`, [...filler, `Authorization: Bearer ${world.alice.key}`]),
      )
      expect(answer.status).toBe(400)
    }
  })

  it('refuses a head of 40 kB with 431, and a target of 9000 characters with 400', async () => {
    const huge = await exchangeRaw(world.address, rawRequest('GET /history', [`X-Filler: ${'a'.repeat(40_000)}`]))
    expect(huge.status).toBe(431)
    const long = await exchangeRaw(world.address, rawRequest(`GET /history?x=${'a'.repeat(9_000)}`))
    expect(long.status).toBe(400)
  })
})
