/**
 * What is written down outlives every session: a log that holds passwords, keys, cookies, prompts or names of files
 * gives them to whoever reads logs (A44, A57). Everything secret is sent in every place where it can be sent, at the
 * most talkative level, and none of it may be in a line.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createApp } from '../../sidecar/src/app.ts'
import { loadConfig } from '../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../sidecar/src/config/env.ts'
import { type AppContext, createContext } from '../../sidecar/src/context.ts'
import { createEvents } from '../../sidecar/src/events.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { createLog } from '../../sidecar/src/log.ts'
import { type PracticeComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { savedPicture } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { ask, logsIn } from './ask.ts'

const password = 'violet Anchor 5521'
const wrongPassword = 'violet Anchor 0000'
const guardSecret = 'the guard secret of this test 0123456789'
const lines: string[] = []
let practice: PracticeComfyui
let context: AppContext
let close: () => Promise<void>
let door: { readonly address: string }
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-log-'))

beforeAll(async () => {
  practice = await startPracticeComfyui({ guardSecret })
  const environment = readEnvironment({})
  const config = loadConfig(environment, { data: dataDir, comfyui: practice.url, listen: '127.0.0.1:0' })
  const log = createLog({ level: 'debug', destination: { write: (line) => void lines.push(line) } })
  context = await createContext({ config, environment, guardSecret, ownTls: false, log, events: createEvents(log) })
  const { lane, ownPages } = context
  const onError = (error: unknown) => log.error({ err: error }, 'unforeseen')
  const app = createApp({ lane, ownPages, maxConnections: 100, tls: undefined, onError })
  const [bound] = await app.listen([{ host: '127.0.0.1', port: 0 }])
  context.start()
  door = { address: `http://127.0.0.1:${bound?.port ?? 0}` }
  close = async () => {
    await app.close()
    await context.close()
  }
})
afterAll(async () => {
  await close()
  await practice.close()
  rmSync(dataDir, { recursive: true, force: true })
})

it('no line holds a password, a key, a cookie, a prompt, a file name or the guard secret', async () => {
  const passwordHash = await createPasswords().hash(password)
  const vera = await context.store.users.add({ name: 'vera', role: 'owner', passwordHash, tenantName: 'vera' })
  const { id, key, secretHash } = mintApiKey()
  await context.store.apiKeys.add({ id, userId: vera.id, label: 'label', secretHash, expiresAtMs: null })
  const cookie = await logsIn(door, 'vera', password)
  const json = { 'content-type': 'application/json' }
  const login = (body: unknown) =>
    ask(door, 'POST', '/gatehouse/api/v1/login', { headers: json, body: JSON.stringify(body) })
  expect((await login({ username: 'vera', password: wrongPassword })).status).toBe(401)
  expect((await login({ username: wrongPassword, password })).status).toBe(401)
  expect((await login({ apiKey: key })).status).toBe(200)
  expect((await login({ apiKey: `${key}x` })).status).toBe(401)
  const basic = (secret: string) => `Basic ${Buffer.from(`vera:${secret}`).toString('base64')}`
  for (const headers of [
    { cookie },
    { authorization: `Bearer ${key}` },
    { authorization: `Bearer ${key}x` },
    { authorization: basic(password) },
    { authorization: basic(wrongPassword) },
    { 'x-api-key': key },
    { cookie, authorization: `Bearer ${key}x` },
  ]) {
    for (const path of [
      '/history',
      `/history?token=${key}`,
      `/view?filename=secret-file.png`,
      '/nothing/secret-path',
      '/userdata/secret-file.json',
      '/%zz-secret-path',
    ]) {
      await ask(door, 'GET', path, { headers })
    }
  }
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const sent = { headers: { ...json, ...headers }, body: JSON.stringify(body) }
    return parseRecord(JSON.parse((await ask(door, 'POST', `/gatehouse/api/v1${path}`, sent)).body))
  }
  const tokens = await post('/token', { username: 'vera', password })
  const [access, refresh] = [String(tokens.access_token), String(tokens.refresh_token)]
  const { ticket, url } = await post('/tickets', { purpose: 'view', target: '/view?filename=secret-x.png' }, { cookie })
  await ask(door, 'GET', String(url))
  await ask(door, 'GET', `/history?ticket=${ticket}`)
  await ask(door, 'GET', `/history?token=${access}`)
  await post('/token/refresh', { refresh_token: refresh })
  await post('/token/refresh', { refresh_token: refresh })
  await post('/leaked-keys', { text: `${key}x ${refresh}` })
  const prompt = { prompt: savedPicture('secret-prefix'), extra_data: { api_key_comfy_org: 'secret-comfy-org' } }
  await ask(door, 'POST', '/prompt', { headers: { cookie, ...json }, body: JSON.stringify(prompt) })
  await ask(door, 'POST', '/prompt', { headers: { cookie, ...json }, body: '{"secret-broken' })
  await ask(door, 'POST', '/settings', { headers: { cookie, ...json }, body: '{"secret-setting":"secret-setting"}' })
  await practice.stop()
  await ask(door, 'POST', '/prompt', { headers: { cookie, ...json }, body: JSON.stringify(prompt) })
  await ask(door, 'GET', '/view?type=output&filename=secret-file.png', { headers: { cookie } })
  await practice.resume()
  const text = lines.join('')
  expect(lines.length).toBeGreaterThan(30)
  const secrets = {
    password,
    wrongPassword,
    key: key.slice(key.lastIndexOf('_') + 1),
    cookie: cookie.slice(cookie.indexOf('=') + 5, cookie.indexOf('=') + 40),
    basic: basic(password).slice(6),
    guardSecret,
    passwordHash,
    access: access.slice(access.lastIndexOf('.') + 1),
    refresh: refresh.slice(4),
    ticket: String(ticket).slice(4),
  }
  for (const [what, secret] of Object.entries(secrets)) expect(text.includes(secret), what).toBe(false)
  expect(text).not.toMatch(/secret-/)
})
