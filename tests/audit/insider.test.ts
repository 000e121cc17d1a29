/** Can somebody who is signed in push what happened out of the list, or fill the disk, by doing things again and again? */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prune } from '../../sidecar/src/audit/create-audit.ts'
import { ask, codeOf, logsIn } from '../security/ask.ts'
import { parseRecord, until } from '../support/person.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'

const api = '/gatehouse/api/v1'
const json = { 'content-type': 'application/json' }
const dayMs = 24 * 60 * 60_000
const burst = 20
let world: World

beforeAll(async () => {
  world = await createWorld({
    config: (config) => ({ ...config, limits: { ...config.limits, changes_per_minute: 1, change_burst: burst } }),
  })
})
afterAll(() => world[Symbol.asyncDispose]())

const by = (headers: Readonly<Record<string, string>>, method: string, path: string, body?: unknown) =>
  ask(world, method, `${api}${path}`, {
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const rows = () => world.store.audit.page({ from: { after: 0 }, limit: 10_000 })
const logInWithKey = () => by({}, 'POST', '/login', { apiKey: world.alice.key })

describe('an insider who does everything in a loop', () => {
  it('makes a few events of the log-ins, and is refused none of them', async () => {
    const statuses = new Set<number>()
    for (let count = 0; count < 60; count += 1) statuses.add((await logInWithKey()).status)
    expect([...statuses]).toEqual([200])
    const written = (await rows()).filter(({ kind, actorName }) => kind === 'login.succeeded' && actorName === 'alice')
    expect(written.length).toBeGreaterThan(9)
    expect(written.length).toBeLessThan(30)
  })

  it('may make so many keys at once, and is told how long to wait; ending them, and logging in, goes on', async () => {
    const own = { cookie: await logsIn(world, 'alice', alicePassword) }
    const made: string[] = []
    const refused = await until(async () => {
      const reply = await by(own, 'POST', '/keys', { label: `loop ${made.length}` })
      if (reply.status !== 201) return reply
      made.push(String(parseRecord(JSON.parse(reply.body)).id))
      return undefined
    })
    expect(made).toHaveLength(burst)
    expect([refused.status, codeOf(refused)]).toEqual([429, 'too_many_requests'])
    expect(refused.body).toContain('limits.changes_per_minute')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    for (const path of ['/device-links', '/invitations', '/factors/totp']) {
      expect((await by(own, 'POST', path, {})).status, path).toBe(429)
    }
    for (const id of made) expect((await by(own, 'DELETE', `/keys/${id}`)).status).toBe(204)
    expect((await logInWithKey()).status).toBe(200)
    expect((await by(own, 'POST', '/tickets', { purpose: 'websocket' })).status).toBe(201)
  })

  it('refuses with a stolen key nothing to its owner in the page', async () => {
    const thief = { 'x-api-key': world.bob.key ?? '' }
    await until(async () => ((await by(thief, 'POST', '/keys', {})).status === 429 ? true : undefined))
    const own = { cookie: await logsIn(world, 'bob', bobPassword) }
    expect((await by(own, 'POST', '/keys', {})).status).toBe(201)
  })

  it('makes no event of yesterday disappear, which would have gone for its number alone', async () => {
    const [yesterday] = await world.store.audit.append([
      { atMs: Date.now() - dayMs, kind: 'impersonation.began', target: 'alice' },
    ])
    for (let count = 0; count < 12; count += 1) await by({ cookie: await cookieOfKey() }, 'POST', '/logout')
    const isThere = async () => (await rows()).some(({ seq }) => seq === yesterday?.seq)
    const tidy = (keepAtLeastMs: number) =>
      prune(
        {
          store: world.store.audit,
          now: Date.now,
          limits: () => ({ keepMs: 365 * dayMs, keepAtLeastMs, keepCount: 5 }),
        },
        () => undefined,
      )
    await until(async () => ((await rows()).at(-1)?.kind === 'logout' ? true : undefined))
    await tidy(30 * dayMs)
    expect(await isThere()).toBe(true)
    await tidy(0)
    expect(await isThere()).toBe(false)
  })
})

async function cookieOfKey(): Promise<string> {
  return (await logInWithKey()).cookies[0]?.split(';', 1)[0] ?? ''
}
