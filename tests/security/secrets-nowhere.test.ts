/**
 * What is written down outlives every session, and what is answered to strangers is theirs: neither the log at its most
 * talkative, nor the list of security events, nor a syslog receiver, nor a refusal may hold a password, a key, a token, a
 * code, a ticket, a link or a cookie, wherever it was sent, right or wrong (A44, A57).
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../sidecar/src/app.ts'
import { loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { type AppContext, createContext } from '../../sidecar/src/context.ts'
import { createEvents } from '../../sidecar/src/events.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { mintSetupToken } from '../../sidecar/src/identity/setup-token.ts'
import { createLog } from '../../sidecar/src/log.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { until } from '../support/person.ts'
import { type AskOptions, ask, type Reply } from './ask.ts'

const api = '/gatehouse/api/v1'
const password = 'violet Anchor 5521'
const wrong = 'violet Anchor 0000'
const fixedKey = 'a-fixed-key-of-the-operator-0123456789'
const hmacSecret = 'an-hmac-secret-of-an-issuer-0123456789abcdef'
const gatewaySecret = 'a-secret-of-the-gateway-in-front-0123456789'
const json = { 'content-type': 'application/json' }

const directory = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'))
const syslog = createSocket('udp4')
const written: string[] = []
const refusals: string[] = []
/** Everything that was ever secret, with what it was. */
const secrets = new Map<string, string>()
let practice: PracticeComfyui
let context: AppContext
let close: () => Promise<void>
let door: { readonly address: string }

beforeAll(async () => {
  for (const [name, text] of Object.entries({ fixedKey, hmacSecret, gatewaySecret })) {
    secrets.set(text, name)
    writeFileSync(join(directory, name), text)
  }
  syslog.on('message', (message) => written.push(message.toString('utf8')))
  syslog.bind(0, '127.0.0.1')
  await once(syslog, 'listening')
  const path = join(directory, 'gatehouse.yaml')
  writeFileSync(path, configuration(syslog.address().port))
  practice = await startPracticeComfyui()
  const environment = readEnvironment({ GATEHOUSE_CONFIG: path })
  const config = loadConfig(environment, {
    data: join(directory, 'data'),
    comfyui: practice.url,
    listen: '127.0.0.1:0',
  })
  const log = createLog({ level: 'debug', destination: { write: (line) => void written.push(line) } })
  context = await createContext({
    ...{ config, environment, log, guardSecret: undefined, ownTls: false },
    events: createEvents(log),
  })
  const onError = (error: unknown) => log.error({ err: error }, 'unforeseen')
  const { lane, ownPages } = context
  const app = createApp({ lane, ownPages, maxConnections: 100, tls: undefined, onError })
  const [bound] = await app.listen([{ host: '127.0.0.1', port: 0 }])
  context.start()
  door = { address: `http://127.0.0.1:${bound?.port ?? 0}` }
  close = async () => {
    await app.close()
    await context.close()
  }
}, 60_000)
afterAll(async () => {
  await close()
  await practice.close()
  syslog.close()
  rmSync(directory, { recursive: true, force: true })
})

function configuration(port: number): string {
  return `
audit: { syslog: 'udp://127.0.0.1:${port}' }
auth:
  registration: invite
  static_keys: [{ name: fixed, user: vera, file: ${join(directory, 'fixedKey')} }]
  jwt: [{ name: own, issuer: 'https://issuer.example', audience: gatehouse, secret_file: ${join(directory, 'hmacSecret')} }]
  trusted_headers: [{ name: gateway, header: x-forwarded-user, secret_header: x-gateway-secret, secret_file: ${join(directory, 'gatewaySecret')} }]
`
}

async function call(method: string, path: string, options: AskOptions = {}): Promise<Reply> {
  const reply = await ask(door, method, path, options)
  if (reply.status >= 400) refusals.push(`${JSON.stringify(reply.headers)}${reply.body}`)
  return reply
}

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call('POST', `${api}${path}`, { headers: { ...json, ...headers }, body: JSON.stringify(body) })

/** Members of answers that are shown once. */
const shownOnce = /^(?:key|uri|path|url|ticket|csrf|page|access_token|refresh_token|recoveryCodes)$/

/** Notes every secret of a right answer. */
function minted(reply: Reply, what: string): Record<string, unknown> {
  expect(reply.status, `${what}: ${reply.body}`).toBeLessThan(300)
  const body: Record<string, unknown> = reply.body === '' ? {} : JSON.parse(reply.body)
  for (const [name, value] of Object.entries(body)) {
    if (!shownOnce.test(name)) continue
    for (const text of Array.isArray(value) ? value : [value]) noteSecret(String(text), `${what} ${name}`)
  }
  for (const cookie of reply.cookies)
    noteSecret(cookie.slice(cookie.indexOf('=') + 1).split(';', 1)[0] ?? '', `${what} cookie`)
  return body
}

/** The part that opens something: behind the public name of a key, or what an address carries. */
function noteSecret(text: string, what: string): void {
  const behindId = /^ghr?_[A-Za-z0-9]+_([A-Za-z0-9]+)$/.exec(text)?.[1]
  const part = text.startsWith('/') ? (/[#=]([\w-]{12,})$/.exec(text)?.[1] ?? '') : (behindId ?? text)
  if (part.length >= 6) secrets.set(part, what)
}

it('no log line, security event, syslog line or refusal holds anything that opens something', async () => {
  secrets.set(password, 'password').set(wrong, 'wrong password')
  const token = (await mintSetupToken(context.store.setup)) ?? ''
  secrets.set(token, 'set-up token')
  await post('/setup', { token: `${token}x`, username: 'vera', password })
  minted(await post('/setup', { token, username: 'vera', password }), 'set-up')
  secrets.set(await createPasswords().hash(password), 'a hash')

  await post('/login', { username: 'vera', password: wrong })
  await post('/login', { username: password, password: wrong })
  await post('/login', { username: 'vera', password, code: '918273' })
  const login = await post('/login', { username: 'vera', password, remember: true })
  minted(login, 'login')
  const cookie = login.cookies.map((one) => one.split(';', 1)[0]).join('; ')
  const own = { cookie }

  const key = String(minted(await post('/keys', { label: 'ci' }, own), 'key').key)
  const session = minted(await post('/token', { username: 'vera', password }), 'token')
  await post('/token', { username: 'vera', password: wrong, code: '918273' })
  await post('/token/refresh', { refresh_token: `${String(session.refresh_token)}x` })
  const renewed = minted(await post('/token/refresh', { refresh_token: session.refresh_token }), 'refresh')
  await post('/token/refresh', { refresh_token: session.refresh_token })
  const ticket = String(minted(await post('/tickets', { purpose: 'websocket' }, own), 'ticket').ticket)
  const picture = '/view?filename=a.png&type=output'
  const view = String(minted(await post('/tickets', { purpose: 'view', target: picture }, own), 'view ticket').url)
  minted(await post('/invitations', { role: 'user' }, own), 'invitation')
  minted(await post('/device-links', {}, own), 'device link')
  const totp = minted(await post('/factors/totp', {}, own), 'totp')
  expect(String(totp.key).length).toBeGreaterThan(15)
  await post('/factors/totp/confirm', { code: '918273' }, own)
  await post('/elevate', { password: wrong }, own)
  await post('/elevate', { code: '918273' }, own)
  await post('/password', { current: wrong, password: `${password} more` }, own)
  await post('/users', { username: 'wim', role: 'user', password }, own)

  const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')
  const forged = `${header}.${Buffer.from('{"iss":"https://issuer.example","sub":"x"}').toString('base64url')}.forged-signature-of-a-token`
  secrets.set('forged-signature-of-a-token', 'JWT')
  const basic = (text: string) => `Basic ${Buffer.from(`vera:${text}`).toString('base64')}`
  for (const text of [password, wrong]) secrets.set(basic(text).slice(6), 'Basic')
  const tokens = [
    key,
    `${key}x`,
    String(renewed.access_token),
    `${String(renewed.access_token)}x`,
    ticket,
    forged,
    fixedKey,
    `${fixedKey}x`,
  ]
  const carriers = tokens.flatMap((one) => [
    { headers: { authorization: `Bearer ${one}` }, query: '' },
    { headers: { 'x-api-key': one }, query: '' },
    { headers: { ...own, authorization: `Bearer ${one}` }, query: '' },
    ...['token', 'api_key', 'ticket'].map((name) => ({ headers: {}, query: `?${name}=${encodeURIComponent(one)}` })),
  ])
  const all = [
    ...carriers,
    ...[password, wrong].map((text) => ({ headers: { authorization: basic(text) }, query: '' })),
    { headers: { 'x-gateway-secret': gatewaySecret, 'x-forwarded-user': 'mona' }, query: '' },
    { headers: { 'x-gateway-secret': `${gatewaySecret}x`, 'x-forwarded-user': 'mona' }, query: '' },
    { headers: { cookie: `${cookie}x` }, query: '' },
    {
      headers: { cookie, 'x-gatehouse-csrf': 'a-csrf-token-that-is-wrong', 'x-gatehouse-page': 'a-page-that-is-wrong' },
      query: '',
    },
  ]
  for (const { headers, query } of all) {
    for (const path of ['/queue', '/nothing/here', `${api}/me`]) await call('GET', `${path}${query}`, { headers })
  }
  await call('GET', view)
  await call('GET', view)
  await post('/leaked-keys', { text: `found ${key} and ${String(renewed.refresh_token)} in a log` })
  await call('POST', `${api}/login`, { headers: json, body: `{"username":"vera","password":"${password}` })

  const kinds = () => written.join('')
  await until(async () => (kinds().includes('key.leaked') ? true : undefined))
  const rows = await context.store.audit.page({ from: { after: 0 }, limit: 1_000 })
  expect(rows.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['login.refused', 'key.created', 'key.leaked']))
  expect([secrets.size > 20, written.length > 200, refusals.length > 60]).toEqual([true, true, true])
  for (const [where, text] of Object.entries({
    log: written.join(''),
    audit: JSON.stringify(rows),
    refusals: refusals.join('\n'),
  })) {
    for (const [secret, what] of secrets) expect(text.includes(secret), `${what} in ${where}`).toBe(false)
    expect(text).not.toContain('918273')
  }
})
