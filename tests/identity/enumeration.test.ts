/**
 * Can a stranger find out who has an account here, and of what kind? By the words and headers of an answer, or by the work
 * behind it, which is what takes the time. Every door that takes a name, for every kind of name.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatehouseError } from '../../sidecar/src/gatehouse-error.ts'
import { enrolByName } from './factors.ts'
import { apiPath, cheapPasswords, type OwnServer, type Reply, startOwnServer } from './own-server.ts'

let server: OwnServer
/** How often a password was compared with a hash, or with nothing at the same cost. */
let compared = 0
beforeAll(async () => {
  const verify: typeof cheapPasswords.verify = (password, hash) => {
    compared += 1
    return cheapPasswords.verify(password, hash)
  }
  server = await startOwnServer({ passwords: { ...cheapPasswords, verify } })
  for (const name of ['alice', 'carol', 'dora', 'erin']) await server.addUser(name, 'user')
  await server.addUser('olga', 'owner')
  await enrolByName(server, 'erin')
  const idOf = async (name: string) => (await server.store.users.findByName(name))?.id
  const carol = await idOf('carol')
  if (carol !== undefined) await server.store.users.setState(carol, 'disabled')
  const dora = await idOf('dora')
  if (dora !== undefined) await server.store.users.setState(dora, 'pending')
  await server.store.users.add({ name: 'farm', role: 'user', passwordHash: null, kind: 'service' })
  await server.store.users.add({ name: 'elsewhere', role: 'user', passwordHash: null })
  server.registration = { mode: 'approval', role: 'user', waitingCount: 100 }
})
afterAll(() => server[Symbol.asyncDispose]())

/** Of whom a stranger would like to know whether they are there. */
const names = {
  'a person': 'alice',
  'an owner': 'olga',
  'a person in other letters': 'ALICE',
  nobody: 'nobody',
  'a person who was disabled': 'carol',
  'a person who waits for approval': 'dora',
  'a person with a second factor': 'erin',
  'a service account': 'farm',
  'a person of a gateway': 'elsewhere',
  'a name that cannot be one': 'a/../b',
  'a name of another script': '\u0430lice',
  'a name too long for one': 'x'.repeat(300),
} as const

const wrong = 'not the password of anybody'
let count = 0
/** An address for every question: whoever guesses waits, whoever they ask about. */
function stranger(): Readonly<Record<string, string>> {
  count += 1
  return { 'x-test-address': `198.51.${count >> 8}.${count & 255}` }
}

const changing = new Set(['date', 'x-request-id', 'x-gatehouse-request-id', 'etag', 'keep-alive'])
/** All that a stranger sees of it. */
function seen({ status, headers, text }: Reply): unknown {
  const shown = Object.entries(headers).filter(([name]) => !changing.has(name))
  return { status, headers: shown, text: text.replace(/"requestId":"[^"]*"/, '') }
}

const post = (path: string, body: object): Promise<Reply> =>
  server.ask('POST', `${apiPath}${path}`, { body, headers: stranger() })

/** Every door that takes a name. */
const doors: Readonly<Record<string, (name: string) => Promise<unknown>>> = {
  'the login page': async (username) => seen(await post('/login', { username, password: wrong })),
  'the login page, with a code': async (username) =>
    seen(await post('/login', { username, password: wrong, code: '123456' })),
  'the login of programs': async (username) => seen(await post('/token', { username, password: wrong })),
  Basic: async (username) => {
    const pair = Buffer.from(`${username}:${wrong}`).toString('base64')
    const headers = ['Authorization', `Basic ${pair}`]
    const refusal = await server
      .authenticate(headers, { clientAddress: stranger()['x-test-address'] ?? '' })
      .catch((error: unknown) => error)
    if (!(refusal instanceof GatehouseError)) throw refusal
    return { code: refusal.code, message: refusal.message, headers: refusal.headers }
  },
  'Basic at the own API': async (username) => {
    const authorization = `Basic ${Buffer.from(`${username}:${wrong}`).toString('base64')}`
    return seen(await server.ask('GET', `${apiPath}/me`, { headers: { authorization, ...stranger() } }))
  },
}

describe.each(Object.entries(doors))('%s', (_name, door) => {
  it('answers in the same words, and works as much, whoever is asked about', async () => {
    const answers = new Map<string, unknown>()
    const works = new Map<string, number>()
    for (const [kind, name] of Object.entries(names)) {
      compared = 0
      answers.set(kind, await door(name))
      works.set(kind, compared)
    }
    for (const [kind, answer] of answers) expect(answer, kind).toEqual(answers.get('nobody'))
    expect(JSON.stringify(answers.get('nobody'))).toContain('bad_credentials')
    expect(Object.fromEntries(works)).toEqual(Object.fromEntries(Object.keys(names).map((kind) => [kind, 1])))
  })
})

describe('a request for an account', () => {
  it('is answered alike for a name that somebody has, in whatever state, and for one that is free', async () => {
    const possible = Object.entries(names).filter(([, name]) => /^[a-z]{1,20}$/i.test(name))
    const answers = new Map<string, unknown>()
    for (const [kind, username] of possible) {
      answers.set(kind, seen(await post('/register', { username, password: 'amber Lantern 4711' })))
    }
    expect(possible.length).toBeGreaterThan(5)
    expect(answers.get('nobody')).toMatchObject({ status: 202 })
    for (const [kind, answer] of answers) expect(answer, kind).toEqual(answers.get('nobody'))
  })
})

describe('passkeys', () => {
  it('are asked for in the same words, and name nobody', async () => {
    const asked = async () => {
      const { json } = await post('/passkey/options', { purpose: 'login' })
      return JSON.stringify(json).replace(/"challenge":"[^"]*"/, '')
    }
    const first = await asked()
    expect(await asked()).toBe(first)
    for (const name of ['alice', 'erin', 'olga']) expect(first).not.toContain(name)
  })
})
