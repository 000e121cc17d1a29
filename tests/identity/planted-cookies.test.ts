/**
 * Somebody who may write cookies into another person's browser (a sibling host, another path or port, a page over plain
 * http) plants one beside or in the place of the right one. Whatever they write, that browser is its owner's or nobody's,
 * at every door, and no log-in ever goes on under an id that somebody else knows.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { savedPicture } from '../support/graphs.ts'
import { api, memberOf, type Peer, peerAt, type Reply } from './peer.ts'

const origin = 'https://comfy.example.com'
const own = ['Origin', origin, 'Sec-Fetch-Site', 'same-origin']
const name = '__Host-gatehouse'
const passwords = { alice: 'amber Lantern 4711', mallory: 'birch Wagon 9083' } as const

let site: Configured
let browser: Peer
/** The pair as the browser sends it, and the value that is planted. */
let right: string
let planted: string
beforeAll(async () => {
  site = await startConfigured(`server: { public_url: '${origin}' }`)
  browser = peerAt('127.0.0.1', site)
  for (const person of ['alice', 'mallory'] as const) {
    const passwordHash = await createPasswords().hash(passwords[person])
    await site.store.users.add({ name: person, role: 'user', passwordHash })
  }
  right = cookieOf(await logsIn('alice'))
  planted = cookieOf(await logsIn('mallory')).slice(name.length + 1)
})
afterAll(() => site[Symbol.asyncDispose]())

const logsIn = (person: keyof typeof passwords, headers: readonly string[] = []): Promise<Reply> =>
  browser.ask(`${api}/login`, {
    ...{ method: 'POST', headers: [...own, ...headers] },
    body: { username: person, password: passwords[person] },
  })
const cookieOf = ({ headers }: Reply): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((line) => line.split(';', 1)[0] ?? '')
    .find((pair) => pair.startsWith(name)) ?? 'none'

/** Who is there, by every door alike: rows of ComfyUI on both sides of `/api`, sockets, and the own API. */
async function whoIs(cookies: readonly string[]): Promise<unknown> {
  const headers = [...own, ...cookies.flatMap((cookie) => ['Cookie', cookie])]
  const me = await browser.ask(`${api}/me`, { headers })
  const user = me.status === 200 ? memberOf(me, 'user') : me.status
  const statuses = [
    (await browser.ask('/queue', { headers })).status,
    (await browser.ask('/api/queue', { headers })).status,
    (await browser.ask('/prompt', { method: 'POST', headers, body: { prompt: savedPicture('planted') } })).status,
  ]
  if (cookies.length === 1) {
    const socket = await browser.opens({ origin, cookie: cookies[0] ?? '' })
    if (typeof socket !== 'number') socket.terminate()
    statuses.push(typeof socket === 'number' ? socket : 200)
  }
  const [first, ...others] = new Set(statuses)
  expect([others, first], cookies.join(' | ')).toEqual([[], me.status])
  return user
}

const nobody = 401
describe('a planted cookie', () => {
  it.each<[string, (right: string, planted: string) => readonly string[], unknown]>([
    ['nothing is planted', (a) => [a], 'alice'],
    ['one of the same name comes after it', (a, m) => [`${a}; ${name}=${m}`], nobody],
    ['one of the same name comes before it', (a, m) => [`${name}=${m}; ${a}`], nobody],
    ['one comes without a space', (a, m) => [`${a};${name}=${m}`], nobody],
    ['one comes with spaces and tabs around its name', (a, m) => [`${a}; \t${name} =${m}`], nobody],
    ['one comes in a header of its own', (a, m) => [a, `${name}=${m}`], 400],
    ['one comes in a header before it', (a, m) => [`${name}=${m}`, a], 400],
    ['the same one is there twice', (a) => [`${a}; ${a}`], nobody],
    ['one is empty', (a) => [`${a}; ${name}=`], nobody],
    ['one has a name and no value', (a) => [`${a}; ${name}`], nobody],
    ['one is no session at all', (a) => [`${name}=x; ${a}`], nobody],
    ['a comma stands between them', (a, m) => [`${a}, ${name}=${m}`], nobody],
    ['the name is in small letters', (a, m) => [`${name.toLowerCase()}=${m}; ${a}`], 'alice'],
    ['the name has no prefix, as over plain http', (a, m) => [`gatehouse=${m}; ${a}`], 'alice'],
    ['the name has another prefix', (a, m) => [`__Secure-gatehouse=${m}; ${a}`], 'alice'],
    ['the name is written in percent signs', (a, m) => [`__Host-gatehous%65=${m}; ${a}`], 'alice'],
    ['the name is in quotes', (a, m) => [`"${name}"=${m}; ${a}`], 'alice'],
    ['the name goes on', (a, m) => [`${name}2=${m}; ${name}.x=${m}; ${a}`], 'alice'],
    ['the name of no cookie is that of it', (a, m) => [`=${name}=${m}; ${a}`], 'alice'],
    ['others put quotes around it', (a) => [`$Version=1; x="y; ${a}; z=y"`], 'alice'],
    ['there is nothing but one of another name', (_a, m) => [`gatehouse=${m}; ${name.toLowerCase()}=${m}`], nobody],
    ['the right one is in quotes', (a) => [a.replace('=', '="').concat('"')], nobody],
    ['there is nothing but one whose name is a value', (_a, m) => [`=${name}=${m}`], nobody],
    ['there are more than any browser sends', (a) => [`${'x=y; '.repeat(5_000)}${a}`], nobody],
  ])('is not who is there: %s', async (_what, cookies, expected) => {
    expect(await whoIs(cookies(right, planted))).toBe(expected)
  })
})

describe('a log-in', () => {
  it('in a browser with a planted session goes on under an id that its owner does not know', async () => {
    const before = { mallory: await whoIs([`${name}=${planted}`]) }
    const fresh = cookieOf(await logsIn('alice', ['Cookie', `${name}=${planted}`]))
    expect(fresh).not.toContain(planted)
    expect(await whoIs([fresh])).toBe('alice')
    expect([before.mallory, await whoIs([`${name}=${planted}`])]).not.toContain('alice')
  })

  it('in a browser with an id that somebody made up has a new one, and with two there is none', async () => {
    const madeUp = encodeURIComponent(`s:${'A'.repeat(43)}.${'A'.repeat(43)}`)
    expect((await logsIn('alice', ['Cookie', `${name}=${madeUp}; ${name}=${planted}`])).status).toBe(nobody)
    for (const cookie of [`${name}=${madeUp}`, `${name}=${'A'.repeat(43)}`]) {
      const reply = await logsIn('alice', ['Cookie', cookie])
      expect(reply.status).toBe(200)
      expect(cookieOf(reply)).not.toContain('A'.repeat(43))
      expect(await whoIs([cookieOf(reply)])).toBe('alice')
      expect(await whoIs([`${name}=${madeUp}`])).toBe(nobody)
    }
  })

  it('twice has two ids, of which signing out ends one', async () => {
    const [one, other] = [cookieOf(await logsIn('alice')), cookieOf(await logsIn('alice'))]
    expect(one).not.toBe(other)
    await browser.ask(`${api}/logout`, { method: 'POST', headers: [...own, 'Cookie', one] })
    expect([await whoIs([one]), await whoIs([other])]).toEqual([nobody, 'alice'])
  })

  it('is not ended by a planted cookie beside it', async () => {
    const alices = cookieOf(await logsIn('alice'))
    const headers = [...own, 'Cookie', `${name}=${planted}; ${alices}`]
    expect((await browser.ask(`${api}/logout`, { method: 'POST', headers })).status).toBe(nobody)
    expect(await whoIs([alices])).toBe('alice')
  })
})
