/** Does another site, or a file of a tenant, act in the victim's browser? Deeper: tests/security/cross-site.test.ts, tests/browser/. */
import { expect } from 'vitest'
import { safeReturnPath } from '../../../web/src/return-path.ts'
import { ask, logsIn } from '../../security/ask.ts'
import { exchangeRaw, rawRequest } from '../../security/raw-socket.ts'
import { savedPicture } from '../../support/graphs.ts'
import { alicePassword, bobPassword, type World } from '../../support/world.ts'
import { attack, type Family, runners, type Scene } from '../attack.ts'

const foreign: readonly Readonly<Record<string, string>>[] = [
  { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
  { origin: 'http://evil.test' },
  { origin: 'null' },
  { 'sec-fetch-site': 'same-site' },
]

const changes = [
  ['POST', '/prompt', JSON.stringify({ prompt: savedPicture('forged') })],
  ['POST', '/queue', '{"clear":true}'],
  ['POST', '/history', '{"clear":true}'],
  ['POST', '/settings', '{"forged":1}'],
  ['POST', '/userdata/forged.json', '{}'],
  ['DELETE', '/userdata/workflows%2Fjewel.json', ''],
  ['POST', '/jobs/cancel', '{"job_ids":[]}'],
] as const

const cookies = new WeakMap<World, Promise<string>>()

/** One log-in a world: to check a password takes time on purpose. */
function herCookie(world: World): Promise<string> {
  const cookie = cookies.get(world) ?? logsIn(world, 'alice', alicePassword)
  cookies.set(world, cookie)
  return cookie
}

/** The browser of the victim, led by the attacker's page: her cookie and the headers that a browser adds. */
async function byHerBrowser(
  { world, prefix, attacker }: Scene,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
) {
  attacker.triesOtherwise()
  const cookie = await herCookie(world)
  return ask(world, method, `${prefix}${path}`, {
    headers: { host: new URL(world.address).host, cookie, ...headers },
    body,
  })
}

const forgedRequests = attack('A41', 'a request by a page of another site in the browser of the victim', {
  by: ['anonymous'],
  attempt: async (scene) => {
    for (const headers of foreign) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
        for (const [method, path, body] of changes) {
          const reply = await byHerBrowser(scene, method, path, { 'content-type': type, ...headers }, body)
          expect(reply.status, `${method} ${path} ${type}`).toBe(403)
        }
      }
      for (const path of ['/gatehouse/api/v1/login', '/gatehouse/api/v1/logout']) {
        const reply = await ask(scene.world, 'POST', path, { headers })
        expect([reply.status, reply.cookies, reply.headers['clear-site-data']]).toEqual([403, [], undefined])
      }
    }
    expect(scene.forwarded()).toEqual([])
  },
  control: async (scene) => {
    const own = { origin: scene.world.address, 'content-type': 'application/json' }
    const saved = await byHerBrowser(scene, 'POST', '/settings', own, '{"own":1}')
    expect((await scene.victim.ask('GET', '/settings')).body).not.toContain('forged')
    return [saved, await scene.victim.ask('GET', '/userdata/workflows%2Fjewel.json')]
  },
})

const foreignSockets = attack('A34', 'a socket from another site, from nowhere, or without a credential', {
  by: ['anonymous'],
  attempt: async ({ attacker, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    for (const headers of foreign) {
      using socket = await attacker.opens('?clientId=x', { cookie, ...headers })
      expect(socket.status, JSON.stringify(headers)).toBe(403)
    }
    using bare = await attacker.opens()
    expect(bare.status).toBe(401)
  },
  control: async ({ victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    using socket = await victim.opens('?clientId=x', { cookie, origin: world.address })
    return socket
  },
})

const corpus = [
  ...[
    'https://evil.test',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
  ],
  ...[
    'javascript:alert(1)',
    'data:text/html,x',
    '/%09/evil.test',
    '/./../..//evil.test',
    'https:evil.test',
    'evil.test',
  ],
  ...['/\u2028/evil.test', 'http://gatehouse.test@evil.test', '/..//evil.test', '/x/..//evil.test', ''],
]

const returnPaths = attack('A42', 'a return path that leads elsewhere after the log-in', {
  by: ['anonymous'],
  attempt: async ({ attacker, prefix, world }) => {
    const ours = 'https://gatehouse.test'
    for (const wanted of corpus) {
      const url = new URL(safeReturnPath(wanted, ours), ours)
      expect(url.origin, wanted).toBe(ours)
      expect(url.pathname.startsWith('//'), wanted).toBe(false)
      attacker.triesOtherwise()
      const line = `GET ${prefix}/?next=${encodeURIComponent(wanted)}`
      const answer = await exchangeRaw(
        world.address,
        rawRequest(line, ['Accept: text/html', 'Sec-Fetch-Mode: navigate']),
      )
      expect([302, 401, 404], wanted).toContain(answer.status)
      expect(answer.head).not.toMatch(/location: *(?:https?:)?[/\\]{2}/i)
    }
  },
  control: ({ victim }) => {
    expect(safeReturnPath('/view?filename=a.png#b', 'https://gatehouse.test')).toBe('/view?filename=a.png#b')
    return victim.ask('GET', '/history')
  },
})

const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

const livingFiles = attack('A40', 'a file that would run as a page of ours', {
  by: runners,
  attempt: async ({ attacker }) => {
    for (const name of ['page.html', 'picture.svg', 'script.js', 'style.css', 'page.xhtml']) {
      await attacker.uploads(name)
      await attacker.ask('POST', `/userdata/${name}`, { body: script })
      for (const path of [`/view?type=input&filename=${name}`, `/userdata/${name}`]) {
        const { status, headers } = await attacker.ask('GET', path)
        expect(status, path).toBe(200)
        expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
        expect(headers['x-content-type-options']).toBe('nosniff')
      }
    }
  },
  control: ({ victim }) => victim.ask('GET', '/view?type=input&filename=jewel.png'),
})

const css = attack('A40', 'a stylesheet that the page of others would load', {
  attempt: async ({ attacker }) => {
    await attacker.ask('POST', '/userdata/user.css', { body: 'body { background: url(//evil.test) }' })
    expect((await attacker.ask('GET', '/user.css')).status).toBeGreaterThanOrEqual(400)
  },
  control: async ({ victim }) => {
    const own = await victim.ask('GET', '/userdata/user.css')
    expect([own.status, own.body.includes('evil.test')]).toEqual([404, false])
    return victim.ask('GET', '/userdata/workflows%2Fjewel.json')
  },
})

const markup = '<img src=x onerror=alert(1)>'

/** The console itself writes text only: tests/browser/own-pages.test.ts. Here: what it is given is data, never a page. */
const consoleMarkup = attack('A43', 'markup in names that an administrator looks at', {
  by: runners,
  attempt: async ({ attacker, world }) => {
    const headers = { 'content-type': 'application/json', origin: world.address }
    const cookie = await logsIn(world, 'bob', bobPassword)
    const page = { cookie, host: new URL(world.address).host, ...headers, 'user-agent': markup }
    const made = await ask(world, 'POST', '/gatehouse/api/v1/keys', {
      headers: page,
      body: JSON.stringify({ label: markup }),
    })
    expect([201, 400]).toContain(made.status)
    for (const username of [markup, `x${markup}`, '"><script>']) {
      const reply = await attacker.ask('POST', '/gatehouse/api/v1/users', {
        headers,
        body: JSON.stringify({ username, role: 'user' }),
      })
      expect(reply.status).toBeGreaterThanOrEqual(400)
    }
    for (const path of ['/gatehouse/api/v1/keys', '/gatehouse/api/v1/sessions']) {
      const reply = await ask(world, 'GET', path, { headers: { cookie } })
      expect([reply.status, reply.headers['content-type'], reply.headers['x-content-type-options']]).toEqual([
        200,
        expect.stringContaining('application/json'),
        'nosniff',
      ])
    }
  },
  control: ({ victim }) => victim.ask('GET', '/history'),
})

export const site: Family = {
  name: 'the browser',
  attacks: [foreignSockets, livingFiles, css, forgedRequests, returnPaths, consoleMarkup],
}
