/** Does anything but the own credential prove a person? Deeper: tests/security/credentials.test.ts, tests/identity/. */
import { expect } from 'vitest'
import { loadConfig } from '../../../sidecar/src/config/config.ts'
import { readEnvironment } from '../../../sidecar/src/config/env.ts'
import { sha256Hex } from '../../../sidecar/src/identity/constant-time.ts'
import { mintSetupToken } from '../../../sidecar/src/identity/setup-token.ts'
import { createStaticKeyCheck } from '../../../sidecar/src/identity/static-key.ts'
import { apiPath, startOwnServer } from '../../identity/own-server.ts'
import { ask, logsIn } from '../../security/ask.ts'
import { alicePassword } from '../../support/world.ts'
import { accounts, attack, type Family, type Scene } from '../attack.ts'
import { refused } from '../verdict.ts'

const twoPeople = attack('A05', 'two credentials of two people in one request', {
  by: accounts,
  attempt: async ({ attacker, victim, owner, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    const seconds = [{ cookie }, { 'x-api-key': victim.key }, { 'x-api-key': owner.key }]
    for (const headers of seconds) expect((await attacker.ask('GET', '/history', { headers })).status).toBe(400)
    for (const name of ['token', 'api_key'])
      expect((await attacker.ask('GET', `/history?${name}=${victim.key}`)).status).toBe(400)
  },
  control: async ({ victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    return [
      await victim.ask('GET', '/history', { headers: { cookie } }),
      await victim.ask('GET', '/history', { headers: { 'x-api-key': victim.key } }),
    ]
  },
})

const oddHeaders = ['Bearer', 'Bearer ', 'gh_one_word', 'Bearer a b', 'Basic', 'Basic !!!!', 'Negotiate abc']

const oddForms = attack('A07', 'an empty, halved, huge or non-ASCII credential', {
  attempt: async ({ attacker, prefix }) => {
    for (const value of [...oddHeaders, `Bearer ${'a'.repeat(5_000)}`]) {
      const reply = await attacker.ask('GET', '/history', { headers: { authorization: value } })
      expect([400, 401], value.slice(0, 40)).toContain(reply.status)
    }
    for (const key of [' ', 'gh_', '\u00e4\u00f6', "' OR 1=1 --"]) {
      const reply = await attacker.ask('GET', `/history?token=${encodeURIComponent(key)}`)
      expect([400, 401], key).toContain(reply.status)
    }
    const huge = await attacker.raw(`GET ${prefix}/history`, [`X-Api-Key: ${'a'.repeat(1_000_000)}`])
    expect([0, 400, 401, 431]).toContain(huge.status)
  },
  control: ({ victim }) => victim.ask('GET', '/history'),
})

const storedHashes = attack('A08', 'what the store holds, sent as a credential', {
  by: ['anonymous'],
  attempt: async ({ attacker, victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    const [, id = '', secret = ''] = victim.key.split('_')
    const member = await world.store.users.findByName('alice')
    const [session] = member === undefined ? [] : await world.store.sessions.list(member.id)
    if (session === undefined) throw new Error('she has no session')
    const stored = [sha256Hex(secret), `gh_${id}_${sha256Hex(secret)}`, session.hash, session.id, member?.passwordHash]
    for (const text of stored) {
      for (const headers of [
        { authorization: `Bearer ${text}` },
        { 'x-api-key': String(text) },
        { cookie: `${cookie.split('=')[0]}=s%3A${text}` },
        { cookie: `${cookie.split('=')[0]}=${text}` },
      ]) {
        expect((await attacker.ask('GET', '/history', { headers })).status).toBe(401)
      }
    }
  },
  control: async ({ victim, world, prefix }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    return [await victim.ask('GET', '/history'), await ask(world, 'GET', `${prefix}/history`, { headers: { cookie } })]
  },
})

const setupBody = (token: string, username: string) =>
  JSON.stringify({ token, username, password: 'indigo Barrel 8812' })

const firstRun = attack('A09', 'a second set-up, and one without the printed token', {
  attempt: async ({ attacker, world }) => {
    const headers = { 'content-type': 'application/json' }
    for (const token of ['', 'x', attacker.key, 'a'.repeat(256)]) {
      refused(await attacker.ask('POST', '/gatehouse/api/v1/setup', { headers, body: setupBody(token, 'second') }))
    }
    expect(await world.store.users.findByName('second')).toBeUndefined()
  },
  control: async () => {
    await using server = await startOwnServer()
    const token = (await mintSetupToken(server.store.setup)) ?? ''
    const sets = (name: string) => server.ask('POST', `${apiPath}/setup`, { body: setupBody(token, name) })
    const first = await sets('first')
    expect((await sets('too-late')).status).toBeGreaterThanOrEqual(400)
    return first
  },
})

const knownSecrets = attack('A10', 'a start with a default, short or common secret', {
  by: ['anonymous'],
  attempt: async ({ attacker }) => {
    for (const key of ['changeme', 'password', 'admin', 'short', 'a'.repeat(40), 'abababababababababab', '']) {
      attacker.triesOtherwise()
      expect(() => createStaticKeyCheck([{ name: 'ci', key, user: 'alice' }]), key).toThrow(/too short or obvious/)
    }
    // No setting holds a secret itself, so that none can have a default.
    const config = JSON.stringify(loadConfig(readEnvironment({}), {}))
    expect(config).not.toMatch(/"(?:secret|password|key|token)":"[^"]/i)
  },
  control: async ({ victim }) => {
    const check = createStaticKeyCheck([{ name: 'ci', key: 'k7-Qz9_long-and-random', user: 'alice' }])
    expect(check('k7-Qz9_long-and-random')).toEqual({ name: 'ci', user: 'alice' })
    expect(check('k7-Qz9_long-and-randoM')).toBeUndefined()
    return victim.ask('GET', '/history')
  },
})

const identityHeaders = [
  ...['comfy-user', 'Comfy_User', 'X-Remote-User', 'X_Remote_User', 'Remote-User', 'X-Forwarded-User'],
  ...['X-Tenant', 'X-Gatehouse-User', 'X-Gatehouse-Tenant', 'X-FunArt-Comfy-UserId', 'X-SWARM-USER_ID'],
  ...['X-Original-URL', 'X-Rewrite-URL'],
]

/** No gateway is configured here; with one: tests/identity/trusted-header.test.ts. */
const namingHeaders = attack('A15', 'a header that names somebody', {
  attempt: async ({ attacker, victim, prefix }) => {
    for (const name of identityHeaders) {
      for (const value of ['alice', victim.folderKey, '/health']) {
        const headers = [`${name}: ${value}`, `${name.toUpperCase()}: ${value}`]
        refused(await attacker.raw(`GET ${prefix}/userdata/workflows%2Fjewel.json`, headers), name)
      }
    }
  },
  control: ({ victim }) =>
    victim.ask('GET', '/userdata/workflows%2Fjewel.json', { headers: { 'comfy-user': 'somebody-else' } }),
})

const whereabouts = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'True-Client-IP', 'CF-Connecting-IP', 'X-Client-IP']
const places = ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'for=127.0.0.1;proto=https', '10.0.0.1, 127.0.0.1', '']

async function asksAsLocal({ attacker, prefix }: Scene, headers: readonly string[]): Promise<void> {
  refused(await attacker.raw(`GET ${prefix}/userdata/workflows%2Fjewel.json`, headers), headers.join())
  const logs = await attacker.raw('GET /internal/logs', headers)
  if (attacker.who !== 'admin') refused(logs, headers.join())
}

const untrustedPeer = attack('A14', 'a forwarded address, scheme or host from an untrusted peer', {
  attempt: async (scene) => {
    for (const name of whereabouts) for (const value of places) await asksAsLocal(scene, [`${name}: ${value}`])
    // A forged host makes no foreign page an own one.
    const cookie = await logsIn(scene.world, 'alice', alicePassword)
    const forged = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https', forwarded: 'host=evil.test' }
    const reply = await ask(scene.world, 'POST', `${scene.prefix}/settings`, {
      headers: { cookie, origin: 'https://evil.test', ...forged },
      body: '{}',
    })
    expect(reply.status).toBe(403)
  },
  control: ({ victim }) =>
    victim.ask('GET', '/userdata/workflows%2Fjewel.json', { headers: { 'x-forwarded-for': '203.0.113.7' } }),
})

/** The suite itself runs on the loopback address: what would be let in as local is let in here. */
const localhost = attack('A58', 'a request from the loopback address without any forwarded header', {
  attempt: async (scene) => {
    await asksAsLocal(scene, [])
    await asksAsLocal(scene, ['Host: localhost'])
    await asksAsLocal(scene, ['X-Forwarded-For:'])
  },
  control: ({ victim }) => victim.ask('GET', '/userdata/workflows%2Fjewel.json'),
})

export const identity: Family = {
  name: 'who somebody is',
  attacks: [twoPeople, oddForms, storedHashes, firstRun, knownSecrets, namingHeaders, untrustedPeer, localhost],
}
