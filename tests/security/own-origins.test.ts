/** Which pages are our own behind a proxy that is reached under other names? Those the operator wrote down, and no others. */
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { alicePassword } from '../support/world.ts'
import { ask, codeOf, logsIn } from './ask.ts'

const yaml = `
server:
  public_url: https://comfy.example.com
  allowed_origins: [https://lab.example.com]
`
/** A proxy that does not hand on the host people typed. */
const host = '127.0.0.1:8288'
let site: Configured
let cookie: string
beforeAll(async () => {
  site = await startConfigured(yaml)
  const passwordHash = await createPasswords().hash(alicePassword)
  await site.store.users.add({ name: 'alice', role: 'user', passwordHash, tenantName: 'acme' })
  cookie = await logsIn(site, 'alice', alicePassword)
})
afterAll(() => site[Symbol.asyncDispose]())

async function posts(origin: string) {
  const headers = { host, cookie, origin, 'content-type': 'application/json' }
  return ask(site, 'POST', '/settings', { headers, body: '{"Comfy.x":1}' })
}

/** Whether a socket opens, or with which status it was refused. */
async function opens(origin: string): Promise<number> {
  const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, { headers: { host, cookie, origin } })
  socket.on('error', () => undefined)
  const refused = once(socket, 'unexpected-response').then(([, answer]) => Number(answer.statusCode))
  const status = await Promise.race([once(socket, 'open').then(() => 101), refused])
  socket.terminate()
  return status
}

it.each(['https://comfy.example.com', 'https://lab.example.com'])('a page of %s is an own one', async (origin) => {
  expect((await posts(origin)).status).toBe(200)
  expect(await opens(origin)).toBe(101)
})

it.each([
  'http://comfy.example.com',
  'https://comfy.example.com:8443',
  'https://www.comfy.example.com',
  'https://example.com',
])('a page of %s is not', async (origin) => {
  const reply = await posts(origin)
  expect([reply.status, codeOf(reply)]).toEqual([403, 'cross_site'])
  expect(await opens(origin)).toBe(403)
})

it('the cookie is for that host alone and for https, as people reach it', () => {
  expect(cookie).toMatch(/^__Host-gatehouse=/)
})
