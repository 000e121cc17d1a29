/** Does docs/identity/second-factor.md say what works? Its block is run as printed, and every door is tried. */
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { ask as send } from '../security/ask.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { codeAt } from '../support/one-time-code.ts'
import { parseRecord } from '../support/person.ts'
import { sentencesOf, unsaid } from '../support/said.ts'
import { personWithKey } from '../support/world.ts'

const page = 'docs/identity/second-factor.md'
const [required = ''] = yamlOf(page)
const api = '/gatehouse/api/v1'
const password = 'marble Compass 5518'
const minuteMs = 60_000

let site: Configured
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  site = await startConfigured('')
  const passwordHash = await createPasswords().hash(password)
  await site.store.users.add({ name: 'olga', role: 'owner', passwordHash })
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  vi.useRealTimers()
})

interface Asked {
  readonly cookie?: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** As the page does, with the token of its session. */
async function ask(method: string, path: string, { cookie, body, headers = {} }: Asked = {}): Promise<Answer> {
  const csrf = cookie === undefined ? undefined : tokens.get(cookie)
  const reply = await send(site, method, path, {
    headers: {
      origin: site.address,
      'sec-fetch-site': 'same-origin',
      host: new URL(site.address).host,
      ...(cookie === undefined ? {} : { cookie }),
      ...(csrf === undefined ? {} : { 'x-gatehouse-csrf': csrf }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const set = reply.cookies[0]?.split(';', 1)[0] ?? ''
  if (set !== '') tokens.set(set, csrfOf(JSON.parse(reply.body)))
  return { status: reply.status, text: reply.body, cookie: set, location: reply.headers.location }
}

/** Of each session, as the answer that opened it told. */
const tokens = new Map<string, string>()

function csrfOf(answer: unknown): string {
  const { csrf, me } = parseRecord(answer)
  return String(csrf ?? parseRecord(me).csrf)
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly cookie: string
  readonly location: string | undefined
}

const jsonOf = ({ text }: Answer) => parseRecord(JSON.parse(text))
const codeOf = (answer: Answer) => parseRecord(jsonOf(answer).error).type
const logsIn = async () => (await ask('POST', `${api}/login`, { body: { username: 'olga', password } })).cookie

async function enrols(cookie: string): Promise<string> {
  const { key } = jsonOf(await ask('POST', `${api}/factors/totp`, { cookie, body: {} }))
  const body = { code: codeAt(String(key), Date.now()) }
  const added = await ask('POST', `${api}/factors/totp/confirm`, { cookie, body })
  expect(added.status).toBe(201)
  return added.cookie
}

async function opens(cookie: string): Promise<WebSocket> {
  const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, {
    headers: { cookie, origin: site.address },
  })
  await once(socket, 'open')
  return socket
}

const isNavigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html' }

describe('the page about second factors', () => {
  it('explains only sentences that are said', () => {
    expect(sentencesOf(page).length).toBeGreaterThan(8)
    expect(unsaid(sentencesOf(page))).toEqual([])
    expect(yamlOf(page)).toHaveLength(1)
  })

  it('shuts every door of a role that needs one, at once, and opens them all once there is one', async () => {
    const cookie = await logsIn()
    const socket = await opens(cookie)
    const key = await keyOfOlga()
    site.rewrite(required)
    await once(socket, 'close')
    for (const path of [
      '/queue',
      '/api/queue',
      '/history',
      '/api/object_info',
      '/view?filename=x.png',
      `${api}/keys`,
    ]) {
      const answer = await ask('GET', path, { cookie })
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 403, 'second_factor_required'])
    }
    expect(codeOf(await ask('POST', '/prompt', { cookie, body: { prompt: {} } }))).toBe('second_factor_required')
    await expect(opens(cookie)).rejects.toThrow(/403/)
    expect(await ask('GET', '/', { cookie, headers: isNavigation })).toMatchObject({
      status: 302,
      location: '/account#factors',
    })
    const basic = `Basic ${Buffer.from(`olga:${password}`).toString('base64')}`
    expect(codeOf(await ask('GET', '/queue', { headers: { authorization: basic } }))).toBe('second_factor_required')
    expect((await ask('GET', '/queue', { headers: { authorization: `Bearer ${key}` } })).status).toBe(200)
    const proven = await enrols(cookie)
    expect((await ask('GET', '/queue', { cookie: proven })).status).toBe(200)
    const again = await opens(proven)
    again.terminate()
  })
})

/** A key that was made before anything was required. */
async function keyOfOlga(): Promise<string> {
  const olga = await site.store.users.findByName('olga')
  if (olga === undefined) throw new Error('olga is not there')
  return (await personWithKey(site.store, { name: 'olga', address: site.address }, olga)).key
}

describe('what changes the server with ComfyUI-Manager', () => {
  const changes = [
    '/manager/queue/install',
    '/v2/manager/queue/task',
    '/api/manager/reboot',
    '/snapshot/restore',
  ] as const

  it('asks for a proof of the last ten minutes of a session, and what only tells does not', async () => {
    const cookie = await logsIn()
    vi.setSystemTime(Date.now() + 9 * minuteMs)
    for (const path of changes) expect((await ask('POST', path, { cookie, body: {} })).status, path).not.toBe(403)
    vi.setSystemTime(Date.now() + 2 * minuteMs)
    const heard = site.practice.requests.length
    for (const path of changes)
      expect(codeOf(await ask('POST', path, { cookie, body: {} })), path).toBe('proof_too_old')
    expect(site.practice.requests.slice(heard).filter(({ url }) => /manager|snapshot/.test(url))).toEqual([])
    expect((await ask('GET', '/manager/version', { cookie })).status).not.toBe(403)
    const proven = await ask('POST', `${api}/elevate`, { cookie, body: { password } })
    expect(proven.status).toBe(200)
    for (const path of changes) {
      expect((await ask('POST', path, { cookie: proven.cookie, body: {} })).status, path).not.toBe(403)
    }
    expect(site.practice.requests.filter(({ url }) => url.includes('/manager/reboot')).length).toBeGreaterThan(1)
  })

  it('asks no key, which is a proof by itself', async () => {
    const headers = { authorization: `Bearer ${await keyOfOlga()}` }
    vi.setSystemTime(Date.now() + 60 * minuteMs)
    for (const path of changes) expect((await ask('POST', path, { headers, body: {} })).status, path).not.toBe(403)
  })
})
