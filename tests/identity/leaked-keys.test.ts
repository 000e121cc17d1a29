/** Does a key that was published end, wherever it stands in a text, and does a part of one prove nothing? */
import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mintApiKey, parseApiKey } from '../../sidecar/src/identity/api-key.ts'
import { randomText } from '../../sidecar/src/store/random-id.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { alicePassword, apiPath, codeOf, field, type OwnServer, startOwnServer } from './own-server.ts'
import { runCommandIn } from './run-command.ts'

let server: OwnServer
let alice: Member
beforeEach(async () => {
  server = await startOwnServer()
  alice = await server.addUser('alice', 'user')
})
afterEach(() => server[Symbol.asyncDispose]())

const report = (text: string, address = '192.0.2.50') =>
  server.ask('POST', `${apiPath}/leaked-keys`, { body: { text }, headers: { 'x-test-address': address } })
const counts = async (key: string) =>
  (await server.ask('GET', `${apiPath}/me`, { headers: { 'x-api-key': key } })).status
/** As it is printed in docs/identity/tokens.md. */
const documented = /\bgh_[A-Za-z0-9]{12}_[A-Za-z0-9]{46}\b/

describe('a new key', () => {
  it('is recognised by its form, and by a checksum that one wrong character breaks', () => {
    for (let count = 0; count < 200; count += 1) {
      const { key, id } = mintApiKey()
      expect(documented.exec(`TOKEN=${key};`)?.[0]).toBe(key)
      expect(parseApiKey(key)?.id).toBe(id)
      const at = 20 + (count % 36)
      const other = key.charAt(at) === 'A' ? 'B' : 'A'
      expect(parseApiKey(`${key.slice(0, at)}${other}${key.slice(at + 1)}`)).toBeUndefined()
    }
  })

  it('ends with the CRC-32 of what stands before, in base 62', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    const { key } = mintApiKey()
    const value = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + alphabet.indexOf(digit), 0)
    expect(value).toBe(crc32(key.slice(0, -6)))
  })

  it('stands beside those of older versions, which have none', async () => {
    const secret = randomText('abcdefghijklmnopqrstuvwxyz', 40)
    const { id } = mintApiKey()
    const secretHash = hash('sha256', secret, 'hex')
    await server.store.apiKeys.add({ id, userId: alice.id, label: '', secretHash, expiresAtMs: null })
    expect(await counts(`gh_${id}_${secret}`)).toBe(200)
  })
})

describe('POST /leaked-keys', () => {
  it('ends every whole key in the text, and nothing else', async () => {
    const [first, second, third] = [await server.addKey(alice), await server.addKey(alice), await server.addKey(alice)]
    const expired = await server.addKey(alice, server.clock.nowMs - 1)
    const part = third.slice(0, -1)
    const text = `curl -H "X-API-Key: ${first}"\n{"key":"${second}next","again":"${first}"}\n${part} ${expired} gh_ ghr_`
    const reply = await report(text)
    expect([reply.status, reply.json]).toEqual([200, { revoked: 3 }])
    expect([await counts(first), await counts(second), await counts(third)]).toEqual([401, 401, 200])
    const leaked = server.audited.filter(({ kind }) => kind === 'key.leaked')
    expect(leaked.map(({ target }) => target)).toEqual([first, second, expired].map((key) => key.split('_')[1]))
    expect(leaked[0]).toMatchObject({ address: '192.0.2.50' })
    expect(JSON.stringify(server.audited)).not.toContain(first.split('_')[2])
    expect((await report(text)).json).toEqual({ revoked: 0 })
  })

  it('ends the session of a refresh token, used or not', async () => {
    const login = await server.ask('POST', `${apiPath}/token`, { body: { username: 'alice', password: alicePassword } })
    const refresh = String(field(login, 'refresh_token'))
    const next = await server.ask('POST', `${apiPath}/token/refresh`, { body: { refresh_token: refresh } })
    expect((await report(`log: ${refresh}`)).json).toEqual({ revoked: 1 })
    expect(await counts(String(field(next, 'access_token')))).toBe(401)
  })

  it('believes no public half with a wrong secret', async () => {
    const key = await server.addKey(alice)
    const other = mintApiKey().key
    const forged = [
      `${key.split('_').slice(0, 2).join('_')}_${other.split('_')[2]}`,
      `${key.slice(0, 16)}${'a'.repeat(40)}`,
      `gh_${key.split('_')[1]}_`,
    ]
    expect((await report(forged.join(' '))).json).toEqual({ revoked: 0 })
    expect(await counts(key)).toBe(200)
  })

  it('listens to one address so often in a minute, and to others meanwhile', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 12; count += 1) statuses.push((await report('nothing')).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
    const refused = await report('nothing')
    expect([codeOf(refused), Number(refused.headers['retry-after'])]).toEqual(['too_many_attempts', expect.any(Number)])
    expect((await report('nothing', '198.51.100.1')).status).toBe(200)
  })

  it('reads JSON of a known form only', async () => {
    for (const body of [{}, { text: '' }, { text: 1 }, []]) {
      const reply = await server.ask('POST', `${apiPath}/leaked-keys`, {
        body,
        headers: { 'x-test-address': '203.0.113.1' },
      })
      expect(reply.status).toBe(400)
    }
  })
})

describe('gatehouse token revoke --leaked', () => {
  it('reads a file or standard input, never an argument, and says which keys have ended', async () => {
    const [first, second] = [await server.addKey(alice), await server.addKey(alice)]
    const file = join(server.dataDir, 'leak.log')
    await writeFile(file, `x ${first} y`)
    const id = (key: string) => key.split('_')[1]
    expect(await runCommandIn(server, ['token', 'revoke', '--leaked', file])).toBe(`Revoked the key ${id(first)}.\n`)
    expect(await counts(first)).toBe(401)
    const told = JSON.parse(await runCommandIn(server, ['token', 'revoke', '--leaked', '-', '--json'], `a ${second} b`))
    expect(told).toEqual({ revoked: [{ kind: 'api-key', id: id(second) }] })
    expect(await counts(second)).toBe(401)
    expect(await runCommandIn(server, ['token', 'revoke', '--leaked', file])).toBe(
      'No key of this Gatehouse that still counts is in it.\n',
    )
    const [written] = await server.store.audit.page({ from: { after: 0 }, limit: 10, kind: 'key.leaked' })
    expect(written?.target).toBe(id(first))
  })

  it('answers a file that is not there, and two things at once, with a sentence', async () => {
    await expect(runCommandIn(server, ['token', 'revoke', '--leaked', '/nowhere/at/all'])).rejects.toThrow(
      /\/nowhere\/at\/all cannot be read\. Name a file, or pipe/,
    )
    await expect(runCommandIn(server, ['token', 'revoke', 'x', '--leaked', '-'])).rejects.toThrow(/not both/)
  })
})

describe('gatehouse token create', () => {
  it('limits a key to scopes and addresses, and lists both', async () => {
    const args = ['token', 'create', '--user', 'alice', '--scope', 'output:read,prompt:run', '--scope', 'models:read']
    const key = (await runCommandIn(server, [...args, '--address', '192.0.2.0/24', '--expires', '1d'])).trim()
    const result = await server.authenticate(['X-API-Key', key])
    expect(result).toMatchObject({ identity: { scopes: new Set(['output:read', 'prompt:run', 'models:read']) } })
    await expect(server.authenticate(['X-API-Key', key], { clientAddress: '198.51.100.1' })).rejects.toMatchObject({
      code: 'address_refused',
    })
    expect(await runCommandIn(server, ['token', 'list'])).toMatch(
      /192\.0\.2\.1 +output:read prompt:run models:read 192\.0\.2\.0\/24/,
    )
    for (const [more, sentence] of [
      [['--scope', 'admin:users'], /admin:users cannot be given/],
      [['--scope', 'nothing'], /no scope "nothing"/],
      [['--address', 'here'], /"here" is no address/],
    ] as const) {
      await expect(runCommandIn(server, ['token', 'create', '--user', 'alice', ...more])).rejects.toThrow(sentence)
    }
  })
})

describe('gatehouse user add --service', () => {
  it('makes an account without a password, which never gets one', async () => {
    const said = await runCommandIn(server, ['user', 'add', 'Robot', '--role', 'user', '--service'])
    expect(said).toBe('Added robot (user, a service account) in tenant robot.\n')
    expect(await runCommandIn(server, ['user', 'list'])).toMatch(/robot +user +robot +service +active/)
    const key = (await runCommandIn(server, ['token', 'create', '--user', 'robot'])).trim()
    expect(await counts(key)).toBe(200)
    for (const args of [
      ['user', 'password', 'robot', '--password-stdin'],
      ['user', 'add', 'other', '--role', 'user', '--service', '--password-stdin'],
    ]) {
      await expect(runCommandIn(server, args, `${alicePassword}\n`)).rejects.toThrow(/has no password/)
    }
  })
})
