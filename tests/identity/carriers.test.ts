/** Does every way to carry a credential prove the same person, and does no odd form prove anybody? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatehouseError } from '../../sidecar/src/gatehouse-error.ts'
import type { CredentialInput } from '../../sidecar/src/identity/credentials.ts'
import type { Member } from '../../sidecar/src/store/store.ts'
import { alicePassword, type OwnServer, startOwnServer } from './own-server.ts'

const bobsFixedKey = 'b0b-fixed-key-of-the-operator'

let server: OwnServer
let alice: Member
let bob: Member
let aliceKey: string
let bobKey: string
beforeEach(async () => {
  server = await startOwnServer({ staticKeys: [{ name: 'shared', key: bobsFixedKey, user: 'Bob' }] })
  alice = await server.addUser('alice', 'user')
  bob = await server.addUser('bob', 'user')
  aliceKey = await server.addKey(alice)
  bobKey = await server.addKey(bob)
})
afterEach(() => server[Symbol.asyncDispose]())

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`

/** Who was proven, or the code of the refusal. */
async function outcome(headers: readonly string[], rest: Partial<CredentialInput> = {}): Promise<unknown> {
  try {
    const result = await server.authenticate(headers, rest)
    if (result.kind === 'anonymous') return 'anonymous'
    return result.identity.userId === alice.id ? 'alice' : result.identity.userId === bob.id ? 'bob' : 'somebody'
  } catch (error) {
    if (error instanceof GatehouseError) return error.code
    throw error
  }
}
const query = (key: string, value: string) => ({ query: new Map([[key, value]]) })

describe('a credential', () => {
  it('proves its person whatever carries it', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    expect(await outcome(['Authorization', `Bearer ${aliceKey}`])).toBe('alice')
    expect(await outcome(['authorization', `bearer  ${aliceKey}`])).toBe('alice')
    expect(await outcome(['X-API-Key', aliceKey])).toBe('alice')
    expect(await outcome(['Authorization', basic(`alice:${alicePassword}`)])).toBe('alice')
    expect(await outcome(['Authorization', basic(`ALICE:${alicePassword}`)])).toBe('alice')
    expect(await outcome(['Authorization', basic(`alice:${aliceKey}`)])).toBe('alice')
    expect(await outcome([], query('api_key', aliceKey))).toBe('alice')
    expect(await outcome([], query('token', aliceKey))).toBe('alice')
    expect(await outcome(['Cookie', `other=1; ${cookie}; more=2`])).toBe('alice')
    expect(await outcome(['X-API-Key', bobsFixedKey])).toBe('bob')
    expect(await outcome(['Authorization', basic(`bob:${bobsFixedKey}`)])).toBe('bob')
  })

  it('in a Basic header may hold colons and any script', async () => {
    const passwords = [
      'a:b:c:d, four colons',
      '::: only colons :::',
      'p\u00e4ssw\u00f6rter \u4f60\u597d \u{1f510}',
      'trailing colon here:',
    ]
    for (const [index, password] of passwords.entries()) {
      await server.addUser(`user${index}`, 'user', password)
      expect(await outcome(['Authorization', basic(`user${index}:${password}`)]), password).toBe('somebody')
      expect(await outcome(['Authorization', basic(`user${index}:${password.slice(0, -1)}`)]), password).toBe(
        'bad_credentials',
      )
    }
  })

  it('in a Basic header fits a password spelt with combining characters', async () => {
    await server.addUser('zoe', 'user', 'caf\u00e9 au lait, twice')
    expect(await outcome(['Authorization', basic('zoe:cafe\u0301 au lait, twice')])).toBe('somebody')
  })

  it('in a Basic header that comes many times at once is one try, and different ones are many', async () => {
    const together = (passwords: readonly string[]) =>
      Promise.all(passwords.map((password) => outcome(['Authorization', basic(`alice:${password}`)])))
    expect(await together(Array(12).fill(alicePassword))).toEqual(Array(12).fill('alice'))
    expect(await together(Array(12).fill('the same wrong words'))).toEqual(Array(12).fill('bad_credentials'))
    const guesses = await together(Array.from({ length: 12 }, (_, index) => `other wrong words ${index}`))
    // Five are free, of which the words above were one; the sixth begins the waits.
    expect(guesses.filter((code) => code === 'bad_credentials')).toHaveLength(5)
    expect(guesses.filter((code) => code === 'too_many_attempts')).toHaveLength(7)
  })

  it('that is a key of somebody else does not fit the name before it', async () => {
    expect(await outcome(['Authorization', basic(`alice:${bobKey}`)])).toBe('bad_credentials')
    expect(await outcome(['Authorization', basic(`alice:${bobsFixedKey}`)])).toBe('bad_credentials')
  })

  it('in the address of a page is refused', async () => {
    for (const key of ['api_key', 'token']) {
      expect(await outcome([], { ...query(key, aliceKey), isNavigation: true })).toBe('unauthenticated')
    }
  })
})

describe('an odd form', () => {
  const odd: readonly (readonly [string, readonly string[]])[] = [
    ['empty Authorization', ['Authorization', '']],
    ['blank Authorization', ['Authorization', '   ']],
    ['one word', ['Authorization', 'gh_something']],
    ['empty Bearer', ['Authorization', 'Bearer']],
    ['Bearer and blanks', ['Authorization', 'Bearer    ']],
    ['two tokens', ['Authorization', 'Bearer a b']],
    ['an unknown scheme', ['Authorization', 'Digest abc']],
    ['an unsigned JWT', ['Authorization', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.']],
    ['non-ASCII', ['Authorization', 'Bearer gh_\u00e4\u00f6\u00fc']],
    ['a control character', ['X-API-Key', 'gh_\u0000abc']],
    ['a megabyte', ['Authorization', `Bearer ${'a'.repeat(1_000_000)}`]],
    ['a megabyte of key', ['X-API-Key', 'a'.repeat(1_000_000)]],
    ['an empty key', ['X-API-Key', '']],
    ['half a key', ['X-API-Key', 'gh_abcdefghijkl']],
    ['Basic without a colon', ['Authorization', basic('alice')]],
    ['Basic without a name', ['Authorization', basic(':password')]],
    ['Basic without a password', ['Authorization', basic('alice:')]],
    ['Basic that is no base64', ['Authorization', 'Basic !!!!']],
    ['Basic that is no UTF-8', ['Authorization', basic('alice:\u00e4', 'latin1')]],
    ['five credentials', Array(5).fill(['X-API-Key', 'aaaaaaaaaaaaaaaa']).flat()],
  ]
  it.each(odd)('of %s is a clean refusal', async (_name, headers) => {
    expect(await outcome(headers)).toBe('unauthenticated')
  })

  it.each<[string, (key: string, pair: string) => readonly string[], string]>([
    ['a scheme in capitals', (key) => [`BEARER ${key}`], 'alice'],
    ['several spaces after the scheme', (key) => [`Bearer   ${key}`], 'alice'],
    ['spaces around it', (key) => [`  Bearer ${key}  `], 'alice'],
    ['Basic in small letters', (_key, pair) => [`basic ${pair}`], 'alice'],
    ['Basic without its padding', (_key, pair) => [`Basic ${pair.replace(/=+$/, '')}`], 'alice'],
    ['no space after the scheme', (key) => [`Bearer${key}`], 'unauthenticated'],
    ['a tab after the scheme', (key) => [`Bearer\t${key}`], 'unauthenticated'],
    ['a colon after the scheme', (key) => [`Bearer: ${key}`], 'unauthenticated'],
    ['a space that is none', (key) => [`Bearer\u00a0${key}`], 'unauthenticated'],
    ['quotes', (key) => [`Bearer "${key}"`], 'unauthenticated'],
    ['a parameter', (key) => [`Bearer token="${key}"`], 'unauthenticated'],
    ['something after it', (key) => [`Bearer ${key}, realm="x"`], 'unauthenticated'],
    ['something after a space', (key) => [`Bearer ${key} x`], 'unauthenticated'],
    ['a second scheme after a comma', (key, pair) => [`Bearer ${key}, Basic ${pair}`], 'unauthenticated'],
    ['a second key after a comma', (key) => [`Bearer ${key},${key}`], 'unauthenticated'],
    ['the scheme twice', (key) => [`Bearer Bearer ${key}`], 'unauthenticated'],
    ['the wrong scheme', (key) => [`Basic ${key}`], 'unauthenticated'],
    ['the other wrong scheme', (_key, pair) => [`Bearer ${pair}`], 'unauthenticated'],
    ['no scheme', (key) => [key], 'unauthenticated'],
    ['percent signs', (key) => [`Bearer ${key.replace('_', '%5F')}`], 'unauthenticated'],
    ['a letter of another script', (key) => [`Bearer ${key.replace('gh_', 'g\u04bb_')}`], 'unauthenticated'],
    ['another case', (key) => [`Bearer ${key.toUpperCase()}`], 'unauthenticated'],
    ['a fold', (key) => [`Bearer\r\n ${key}`], 'unauthenticated'],
    ['Basic with a space inside', (_key, pair) => [`Basic ${pair.slice(0, 4)} ${pair.slice(4)}`], 'unauthenticated'],
    ['Basic with its padding in the middle', (_key, pair) => [`Basic YQ==${pair}`], 'unauthenticated'],
    ['Basic twice in base64', (_key, pair) => [`Basic ${Buffer.from(pair).toString('base64')}`], 'unauthenticated'],
    ['a good one twice', (key) => [`Bearer ${key}`, `Bearer ${key}`], 'alice'],
    ['a good one and an empty one', (key) => [`Bearer ${key}`, ''], 'unauthenticated'],
    ['an unknown one and a good one', (key) => ['Negotiate abc', `Bearer ${key}`], 'unauthenticated'],
    ['a good one and a wrong one', (key) => [`Bearer ${key}`, 'Bearer gh_000000000000_nothing'], 'unauthenticated'],
  ])('as %s is one reading alone', async (_what, values, expected) => {
    const pair = Buffer.from(`alice:${alicePassword}`).toString('base64')
    const headers = values(aliceKey, pair).flatMap((value) => ['Authorization', value])
    expect(await outcome(headers)).toBe(expected)
    // Whatever it is taken for, it is never the cookie that counts.
    const cookie = await server.logIn('bob', alicePassword)
    const beside = expected === 'alice' ? 'conflicting_credentials' : expected
    expect(await outcome([...headers, 'Cookie', cookie])).toBe(beside)
  })

  it('is refused although the cookie would do', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    for (const [name, headers] of odd) {
      expect(await outcome([...headers, 'Cookie', cookie]), name).toBe('unauthenticated')
    }
  })

  it('is what the stored hash of a key is, too', async () => {
    const [record] = await server.store.apiKeys.list(alice.id)
    expect(await outcome(['X-API-Key', `gh_${record?.id}_${record?.secretHash}`])).toBe('unauthenticated')
    expect(await outcome(['X-API-Key', record?.secretHash ?? ''])).toBe('unauthenticated')
  })
})

describe('two credentials', () => {
  it('of one person are that person', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    expect(await outcome(['X-API-Key', aliceKey, 'Cookie', cookie])).toBe('alice')
    expect(await outcome(['X-API-Key', aliceKey, 'Authorization', basic(`alice:${alicePassword}`)])).toBe('alice')
  })

  it('of two people are refused in every combination', async () => {
    const aliceCookie = await server.logIn('alice', alicePassword)
    const aliceCarriers = [
      ['Authorization', `Bearer ${aliceKey}`],
      ['Cookie', aliceCookie],
      ['Authorization', basic(`alice:${alicePassword}`)],
    ]
    const bobCarriers: (readonly [readonly string[], Partial<CredentialInput>])[] = [
      [['X-API-Key', bobKey], {}],
      [['X-API-Key', bobsFixedKey], {}],
      [[], query('api_key', bobKey)],
      [[], query('token', bobKey)],
    ]
    for (const first of aliceCarriers) {
      for (const [second, rest] of bobCarriers) {
        expect(await outcome([...first, ...second], rest), `${first} and ${second}`).toBe('conflicting_credentials')
        expect(await outcome([...second, ...first], rest)).toBe('conflicting_credentials')
      }
    }
  })

  it('of which the explicit one is wrong prove nobody', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    expect(await outcome(['X-API-Key', `${aliceKey.slice(0, -1)}_`, 'Cookie', cookie])).toBe('unauthenticated')
    expect(await outcome(['Authorization', basic('alice:wrong password'), 'Cookie', cookie])).toBe('bad_credentials')
  })
})

describe('a cookie', () => {
  it('that was changed anywhere proves nobody', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const [name = '', value = ''] = cookie.split('=')
    const decoded = decodeURIComponent(value)
    const id = decoded.slice(2, 45)
    const tampered = [
      value.slice(0, -1),
      `${value}A`,
      encodeURIComponent(decoded.replace(id, id.slice(0, -1) + (id.endsWith('A') ? 'B' : 'A'))),
      // The id of an open session under a signature that is not ours.
      encodeURIComponent(`s:${id}.${'A'.repeat(43)}`),
      encodeURIComponent(decoded.slice(0, 46) + [...decoded.slice(46)].reverse().join('')),
      encodeURIComponent(`s:${id}`),
      encodeURIComponent(`s:${id}.`),
      encodeURIComponent(id),
      `j%3A${value.slice(4)}`,
      '%',
      '',
      `"${value}`,
    ]
    for (const text of tampered) expect(await outcome(['Cookie', `${name}=${text}`]), text).toBe('anonymous')
    expect(await outcome(['Cookie', cookie])).toBe('alice')
  })

  it('is not taken from the store: its hash is worth nothing', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    const [session] = await server.store.sessions.list()
    expect(await outcome(['Cookie', `${cookie.split('=')[0]}=${session?.hash}`])).toBe('anonymous')
    expect(await outcome(['X-API-Key', session?.hash ?? ''])).toBe('unauthenticated')
  })

  it('that stands there twice is refused, in one header or two', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    expect(await outcome(['Cookie', `${cookie}; ${cookie}`])).toBe('unauthenticated')
    expect(await outcome(['Cookie', cookie, 'Cookie', cookie])).toBe('unauthenticated')
    expect(await outcome(['Cookie', `${cookie}; ${cookie.split('=')[0]}=planted`])).toBe('unauthenticated')
  })

  it('of another instance on the same host means nothing here', async () => {
    await using other = await startOwnServer()
    await other.addUser('alice', 'user')
    const foreign = await other.logIn('alice', alicePassword)
    expect(await outcome(['Cookie', foreign])).toBe('anonymous')
    const own = await server.logIn('alice', alicePassword)
    const forged = `${own.split('=')[0]}=${foreign.split('=')[1]}`
    expect(await outcome(['Cookie', forged])).toBe('anonymous')
  })

  it('survives a restart on the same data', async () => {
    const cookie = await server.logIn('alice', alicePassword)
    await using again = await startOwnServer({ dataDir: server.dataDir })
    expect(await again.authenticate(['Cookie', cookie])).toMatchObject({
      kind: 'identity',
      identity: { userId: alice.id },
    })
  })
})
