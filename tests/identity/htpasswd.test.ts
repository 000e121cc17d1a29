/** Is the operator's list of passwords obeyed at the moment it says something else, and does nobody wait for bcrypt? */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ConfigError } from '../../sidecar/src/config/config.ts'
import { createBcrypt } from '../../sidecar/src/identity/htpasswd/bcrypt.ts'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured } from '../support/configured.ts'
import { parseRecord, until } from '../support/person.ts'

/** Public test vectors: `U*U`, and `password`. */
const bcrypted = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
const argoned = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
const localPassword = 'a sentence of the store itself'

let folder: string
let file: string
let yaml: string
let site: Configured
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-htpasswd-'))
  file = join(folder, 'htpasswd')
  yaml = `auth: { htpasswd_file: '${file}', htpasswd_accounts: { role: user } }`
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  writeFileSync(file, `ann:${bcrypted}\nben:${argoned}\n`)
  site = await startConfigured(yaml)
})
afterEach(() => site[Symbol.asyncDispose]())

const api = '/gatehouse/api/v1'
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
const me = async (headers: Readonly<Record<string, string>>) => {
  const answer = await fetch(`${site.address}${api}/me`, { headers })
  const text = await answer.text()
  return answer.status === 200 ? parseRecord(JSON.parse(text)).user : answer.status
}
const by = (name: string, password: string) => me({ authorization: basic(name, password) })
const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${site.address}${api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
async function logIn(name: string, password: string): Promise<string> {
  const answer = await post('/login', { username: name, password })
  const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0]
  if (answer.status !== 200 || cookie === undefined) throw new Error(`no log-in: ${answer.status}`)
  return cookie
}
/** Another list, read at once. */
function lists(text: string): void {
  writeFileSync(file, text)
  site.rewrite(yaml)
}

describe('a list of passwords', () => {
  it('lets its people in with Basic, on the login page, and as programs; and nothing of it is copied', async () => {
    expect([await by('ANN', 'U*U'), await by('ben', 'password')]).toEqual(['ann', 'ben'])
    expect(await me({ cookie: await logIn('ann', 'U*U') })).toBe('ann')
    const { access_token: token } = parseRecord(
      await (await post('/token', { username: 'ben', password: 'password' })).json(),
    )
    expect(await me({ authorization: `Bearer ${token}` })).toBe('ben')
    const [ann, ben] = [await site.store.users.findByName('ann'), await site.store.users.findByName('ben')]
    expect([ann?.passwordHash, ben?.passwordHash]).toEqual([null, null])
    expect(ann?.tenant.id).not.toBe(ben?.tenant.id)
  })

  it('lets in whose name a stranger has asked for meanwhile, beside that name and never as the stranger', async () => {
    const passwordHash = await createPasswords().hash(localPassword)
    expect(await site.store.users.register({ name: 'ann', role: 'user', passwordHash }, 1)).toBe('waiting')
    const waits = await post('/login', { username: 'ann', password: localPassword })
    expect(parseRecord(parseRecord(await waits.json()).error).type).toBe('approval_pending')
    expect([await by('ann', 'U*U'), await by('ann', 'wrong')]).toEqual(['ann@htpasswd', 401])
    expect(await me({ cookie: await logIn('ann', 'U*U') })).toBe('ann@htpasswd')
    expect(await site.store.users.findByName('ann')).toMatchObject({ state: 'pending' })
  })

  it('refuses every wrong pair in the same words', async () => {
    const answers = await Promise.all(
      [
        ['ann', 'password'],
        ['nobody', 'U*U'],
        ['ann', bcrypted],
        ['ann', ''],
        ['#', 'U*U'],
      ].map(async ([username, password]) => {
        const answer = await post('/login', { username, password: password === '' ? ' ' : password })
        return [answer.status, parseRecord(parseRecord(await answer.json()).error).message]
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.[0]).toBe(401)
  })

  it('puts out whoever is gone from it, or has another password: sessions, tokens, tickets, sockets and what is remembered', async () => {
    const cookie = await logIn('ann', 'U*U')
    const token = parseRecord(await (await post('/token', { username: 'ann', password: 'U*U' })).json())
    const ticket = parseRecord(
      await (await post('/tickets', { purpose: 'websocket' }, { authorization: basic('ann', 'U*U') })).json(),
    )
    const bens = await logIn('ben', 'password')
    const socket = new WebSocket(`${site.address.replace('http', 'ws')}/ws`, {
      headers: { authorization: basic('ann', 'U*U') },
    })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    lists(`ben:${argoned}\n`)
    await closed
    expect(await by('ann', 'U*U')).toBe(401)
    await until(async () => ((await me({ cookie })) === 401 ? true : undefined))
    expect(await me({ authorization: `Bearer ${token.access_token}` })).toBe(401)
    expect((await post('/token/refresh', { refresh_token: token.refresh_token })).status).toBe(401)
    const refused = new WebSocket(`${site.address.replace('http', 'ws')}${ticket.url}`)
    refused.on('error', () => undefined)
    const [, response] = await once(refused, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    expect(await me({ cookie: bens })).toBe('ben')
    lists(`ben:${bcrypted}\n`)
    await until(async () => ((await me({ cookie: bens })) === 401 ? true : undefined))
    expect([await by('ben', 'password'), await by('ben', 'U*U')]).toEqual([401, 'ben'])
  })

  it('puts out whoever was taken off while Gatehouse did not run', async () => {
    const [anns, bens] = [await logIn('ann', 'U*U'), await logIn('ben', 'password')]
    await site.restart()
    expect([await me({ cookie: anns }), await me({ cookie: bens })]).toEqual(['ann', 'ben'])
    writeFileSync(file, `ben:${argoned}\n`)
    await site.restart()
    expect([await me({ cookie: anns }), await me({ cookie: bens })]).toEqual([401, 'ben'])
  })

  it('with a mistake in it is not followed', async () => {
    for (const text of [`ann:opensesame\n`, '', `ann:${bcrypted}\nann:${bcrypted}\n`]) {
      lists(text)
      expect([await by('ann', 'U*U'), await by('ben', 'password')]).toEqual(['ann', 'ben'])
    }
    rmSync(file)
    site.rewrite(yaml)
    expect(await by('ann', 'U*U')).toBe('ann')
    lists('# nobody\n')
    await until(async () => ((await by('ann', 'U*U')) === 401 ? true : undefined))
  })

  it('is refused at the start with every wrong line and its cure', async () => {
    writeFileSync(file, 'ann:opensesame\nben:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n')
    const failure = await startConfigured(yaml).catch((error: unknown) => error)
    if (!(failure instanceof ConfigError)) throw new Error('it started')
    expect(failure.problems).toHaveLength(2)
    expect(failure.problems[1]).toMatch(
      /line 2: ben: SHA-1 protects no password any more; write it anew with: htpasswd -B/,
    )
    expect(failure.problems.join('\n')).not.toMatch(/opensesame|W6ph5/)
  })
})

describe('an account of Gatehouse itself', () => {
  it('with a password is what its name means, whatever the list says', async () => {
    const passwordHash = await createPasswords().hash(localPassword)
    const local = await site.store.users.add({ name: 'carol', role: 'owner', passwordHash })
    lists(`ann:${bcrypted}\ncarol:${bcrypted}\n`)
    expect([await by('carol', 'U*U'), await by('carol', localPassword)]).toEqual([401, 'carol'])
    expect((await site.store.users.findByName('carol'))?.id).toBe(local.id)
    expect(await site.store.users.findByName('carol@htpasswd')).toBeUndefined()
  })

  it('without one, and a service account, are not joined by a line of their name', async () => {
    await site.store.users.add({ name: 'dora', role: 'owner', passwordHash: null })
    await site.store.users.add({ name: 'robot', role: 'admin', passwordHash: null, kind: 'service' })
    lists(`dora:${bcrypted}\nrobot:${bcrypted}\n`)
    expect([await by('dora', 'U*U'), await by('robot', 'U*U')]).toEqual(['dora@htpasswd', 401])
    expect((await site.store.users.findByName('dora@htpasswd'))?.role).toBe('user')
  })

  it('is opened by its line where names are shared, unless it is a service account', async () => {
    await site.store.users.add({ name: 'dora', role: 'power', passwordHash: null })
    await site.store.users.add({ name: 'robot', role: 'admin', passwordHash: null, kind: 'service' })
    writeFileSync(file, `dora:${bcrypted}\nrobot:${bcrypted}\n`)
    site.rewrite(yaml.replace('role: user', 'names: shared'))
    expect([await by('dora', 'U*U'), await by('robot', 'U*U')]).toEqual(['dora', 401])
  })

  it('of the list cannot change its password here', async () => {
    const cookie = await logIn('ann', 'U*U')
    const headers = { cookie, origin: site.address }
    const answer = await post('/password', { current: 'U*U', password: 'an entirely new sentence' }, headers)
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not kept here')])
    expect(await by('ann', 'an entirely new sentence')).toBe(401)
  })
})

describe('bcrypt', () => {
  const bcrypt = createBcrypt()
  afterAll(() => bcrypt.close())

  it('knows every form of its prefix', async () => {
    for (const prefix of ['$2a$', '$2b$', '$2y$']) {
      const hash = bcrypted.replace('$2a$', prefix)
      expect([await bcrypt.verify('U*U', hash), await bcrypt.verify('U*V', hash)]).toEqual([true, false])
    }
  })

  it('proves no password that it does not read to its end', async () => {
    // A vector of 72 bytes; whatever stands behind them makes the same hash.
    const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
    const whole = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
    expect(await bcrypt.verify(whole, hash)).toBe(true)
    expect(await bcrypt.verify(`${whole}chars after 72 are ignored`, hash)).toBe(false)
    expect(await bcrypt.verify('U*U\0', bcrypted)).toBe(false)
  })

  it('is computed beside the loop, which goes on meanwhile', async () => {
    const costly = bcrypted.replace('$05$', '$12$')
    await bcrypt.verify('x', bcrypted)
    let turns = 0
    const ticking = setInterval(() => {
      turns += 1
    }, 1)
    await bcrypt.verify('x', costly)
    clearInterval(ticking)
    // In the loop, not one turn would have come between question and answer.
    expect(turns).toBeGreaterThan(5)
  })

  it('has a bounded line', async () => {
    const asked = Array.from({ length: 100 }, () =>
      bcrypt.verify('x', bcrypted).catch((error: { code: string }) => error.code),
    )
    const answers = await Promise.all(asked)
    expect(answers.filter((answer) => answer === 'too_many_attempts')).toHaveLength(100 - 65)
    expect(answers.filter((answer) => answer === false)).toHaveLength(65)
  })
})
