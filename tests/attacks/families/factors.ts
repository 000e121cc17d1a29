/** Does a stolen password open anything without the second factor? Deeper: tests/identity/second-factor.test.ts, passkeys.test.ts, elevate.test.ts. */
import { expect } from 'vitest'
import { createPasswords } from '../../../sidecar/src/identity/password.ts'
import { mintRecoveryCodes } from '../../../sidecar/src/identity/recovery-codes.ts'
import type { Member } from '../../../sidecar/src/store/store.ts'
import { ask, codeOf, logsIn, type Reply } from '../../security/ask.ts'
import { codeAt } from '../../support/one-time-code.ts'
import type { World } from '../../support/world.ts'
import { attack, type Family, type Scene } from '../attack.ts'
import { refused } from '../verdict.ts'

const api = '/gatehouse/api/v1'
const password = 'cobalt Anchor 3307'
const key = 'KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD'
const stepMs = 30_000
let made = 0

interface Target {
  readonly member: Member
  readonly recoveryCodes: readonly string[]
  /** With an address of its own behind the believed proxy, so that no try makes another one wait. */
  readonly headers: Readonly<Record<string, string>>
}

/** Somebody whose password is known to the attacker, with a key for codes and recovery codes. */
async function makeTarget({ store }: World): Promise<Target> {
  made += 1
  const passwordHash = await createPasswords().hash(password)
  const member = await store.users.add({ name: `target-${made}`, role: 'user', passwordHash })
  const { codes, hashes } = mintRecoveryCodes(member.id)
  const factor = {
    userId: member.id,
    kind: 'totp',
    label: 'jewel-phone',
    createdAtMs: 0,
    data: key,
    counter: 0,
  } as const
  await store.secondFactors.add(factor)
  await store.secondFactors.putRecoveryCodes(member.id, hashes)
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${made}` }
  return { member, recoveryCodes: codes, headers }
}

const code = (steps = 0): string => codeAt(key, Date.now() + steps * stepMs)
const bodyOf = ({ member }: Target, more: object = {}): string =>
  JSON.stringify({ username: member.name, password, ...more })
const basicOf = ({ member, headers }: Target) => ({
  ...headers,
  authorization: `Basic ${Buffer.from(`${member.name}:${password}`).toString('base64')}`,
})

/** As its owner would. */
function proves({ world }: Scene, target: Target, given: string): Promise<Reply> {
  return ask(world, 'POST', `${api}/login`, { headers: target.headers, body: bodyOf(target, { code: given }) })
}

const alone = attack('A55', 'a right password without its second factor, at every door', {
  attempt: async ({ attacker, world }) => {
    const target = await makeTarget(world)
    for (const path of [`${api}/login`, '/auth/login', '/api/auth/login', `${api}/token`]) {
      for (const more of [{}, { code: '' }, { code: [] }, { code: null }, { factor: 'totp' }, { recovery: true }]) {
        refused(await attacker.ask('POST', path, { headers: target.headers, body: bodyOf(target, more) }), path)
      }
    }
    const basic = basicOf(target)
    for (const path of ['/history', '/queue', `${api}/me`, `${api}/factors`]) {
      refused(await attacker.ask('GET', path, { headers: basic }), path)
    }
    using socket = await attacker.opens('', { ...basic, cookie: '' })
    expect(socket.status).toBe(401)
  },
  control: async (scene) => {
    const target = await makeTarget(scene.world)
    const token = await ask(scene.world, 'POST', `${api}/token`, {
      headers: target.headers,
      body: bodyOf(target, { code: code() }),
    })
    return [await proves(scene, target, code(1)), token]
  },
})

const replayed = attack('A55', 'a code that was used, is old or early, or of somebody else', {
  attempt: async (scene) => {
    const { attacker, world } = scene
    const [target, other] = [await makeTarget(world), await makeTarget(world)]
    const [used, recovery = ''] = [code(), target.recoveryCodes[0]]
    expect((await proves(scene, target, used)).status).toBe(200)
    expect((await proves(scene, target, recovery)).status).toBe(200)
    const wrong = [used, code(-3), code(3), recovery, other.recoveryCodes[0]]
    // At two doors: what one of them used up is used up. As many as are judged before anybody has to wait.
    for (const [index, given] of wrong.entries()) {
      const path = index % 2 === 0 ? `${api}/token` : `${api}/login`
      const body = bodyOf(target, { code: given })
      const reply = await ask(world, 'POST', path, { headers: { ...attacker.credential, ...target.headers }, body })
      attacker.triesOtherwise()
      refused(reply, given)
      expect(codeOf(reply)).toBe('bad_credentials')
    }
  },
  control: async (scene) => {
    const target = await makeTarget(scene.world)
    return [await proves(scene, target, code()), await proves(scene, target, target.recoveryCodes[0] ?? '')]
  },
})

const guessed = attack('A55', 'guesses at a code, with the right password between them', {
  attempt: async ({ attacker, world }) => {
    const target = await makeTarget(world)
    /** Seconds until the next one is judged. */
    const guess = async (given: string | undefined): Promise<number> => {
      const body = bodyOf(target, given === undefined ? {} : { code: given })
      const reply = await ask(world, 'POST', `${api}/login`, { headers: target.headers, body })
      refused(reply)
      return Number(reply.headers['retry-after'] ?? 0)
    }
    // Until a busy machine cannot take so long to ask again.
    for (let count = 0, waits = 0; waits < 3; count += 1) {
      expect(count).toBeLessThan(1_000)
      attacker.triesOtherwise()
      waits = await guess(String(count).padStart(6, '0'))
      await guess(undefined)
    }
    const late = await ask(world, 'POST', `${api}/login`, {
      headers: target.headers,
      body: bodyOf(target, { code: code() }),
    })
    expect([late.status, codeOf(late)]).toEqual([429, 'too_many_attempts'])
  },
  control: async (scene) => proves(scene, await makeTarget(scene.world), code()),
})

const taken = attack('A55', 'the factors of somebody else, removed, renewed or proven again', {
  attempt: async ({ attacker, world }) => {
    const target = await makeTarget(world)
    const [factor] = await world.store.secondFactors.list(target.member.id)
    const near = { ...target.headers, 'x-forwarded-for': '127.0.0.1' }
    for (const [method, path, body] of [
      ['DELETE', `/users/${target.member.name}/factors`, undefined],
      ['DELETE', `/factors/${factor?.id}`, undefined],
      ['POST', '/factors/recovery-codes', '{}'],
      ['POST', '/factors/totp', '{}'],
      ['POST', '/elevate', JSON.stringify({ password })],
    ] as const) {
      const reply = await ask(world, method, `${api}${path}`, {
        headers: { ...near, ...attacker.credential },
        ...(body === undefined ? {} : { body }),
      })
      attacker.triesOtherwise()
      refused(reply, path)
    }
    expect(await world.store.secondFactors.list(target.member.id)).toHaveLength(1)
  },
  control: async ({ world }) => {
    const target = await makeTarget(world)
    const passwordHash = await createPasswords().hash(password)
    const { name } = await world.store.users.add({ name: `helper-${made}`, role: 'admin', passwordHash })
    const cookie = await logsIn(world, name, password)
    const own = { cookie, origin: world.address }
    return ask(world, 'DELETE', `${api}/users/${target.member.name}/factors`, { headers: own })
  },
})

export const factors: Family = {
  name: 'second factors',
  world: { config: (config) => ({ ...config, network: { ...config.network, trusted_proxies: ['127.0.0.1'] } }) },
  attacks: [alone, replayed, guessed, taken],
}
