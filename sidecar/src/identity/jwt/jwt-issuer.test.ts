/** Which tokens prove somebody? Every algorithm as an issuer signs it, and every known way to cheat. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GatehouseError } from '../../gatehouse-error.ts'
import {
  audience,
  encode,
  forge,
  forgeHmac,
  goodClaims,
  goodHeader,
  type IssuerChanges,
  issue,
  issuerUrl,
  issuerWith,
  jwkOf,
  keyPairs,
  keysOf,
  nowMs,
} from './forge.ts'
import { findIssuer, vouch } from './jwt-issuer.ts'
import { createFixedKeys } from './key-source.ts'
import { looksLikeJwt, parseToken } from './parse-token.ts'
import { createSecretVerificationKey } from './verification-key.ts'

const secret = Buffer.from('a shared secret of the studio, that is long enough for every digest: 0123456789')
const sharedSecret = createFixedKeys([createSecretVerificationKey(secret)])

/** The subject, or the code of the refusal with its detail. */
async function judge(text: string, changes: IssuerChanges = {}): Promise<string> {
  const issuer = issuerWith(changes)
  try {
    const token = parseToken(text)
    return (await vouch(findIssuer([issuer], token), token, nowMs)).subject.subject
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    expect(error.message).toBe('The token is not accepted.')
    expect(error.headers['www-authenticate']).toContain('error="invalid_token"')
    return `${error.code}: ${error.detail}`
  }
}

const refused = /^unauthenticated: token: /

describe('a token', () => {
  const table: readonly (readonly [string, KeyObject, KeyObject])[] = [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map(
      (name) => [name, keyPairs.rsa.privateKey, keyPairs.rsa.publicKey] as const,
    ),
    ['ES256', keyPairs.p256.privateKey, keyPairs.p256.publicKey],
    ['ES384', keyPairs.p384.privateKey, keyPairs.p384.publicKey],
    ['ES512', keyPairs.p521.privateKey, keyPairs.p521.publicKey],
    ['EdDSA', keyPairs.ed25519.privateKey, keyPairs.ed25519.publicKey],
  ]

  it.each(table)(
    'signed with %s proves its subject, and with one bit changed nobody',
    async (alg, signing, verifying) => {
      const token = await issue(goodClaims, { alg, kid: 'k' }, signing)
      const changes = { keys: keysOf(['k', verifying]) }
      expect(await judge(token, changes)).toBe('alice')
      const [header = '', payload = '', signature = ''] = token.split('.')
      const bytes = Buffer.from(signature, 'base64url')
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 1
        expect(await judge(`${header}.${payload}.${flipped.toString('base64url')}`, changes), `byte ${at}`).toMatch(
          refused,
        )
      }
      const short = bytes.subarray(0, bytes.length - 1)
      const zeros = Buffer.alloc(bytes.length)
      for (const other of [short, zeros, Buffer.concat([bytes, Buffer.from([0])]), Buffer.concat([zeros, bytes])]) {
        expect(await judge(`${header}.${payload}.${other.toString('base64url')}`, changes)).toMatch(refused)
      }
      const asMallory = `${header}.${encode({ ...goodClaims, sub: 'mallory' })}.${signature}`
      expect(await judge(asMallory, changes)).toMatch(refused)
      const otherAlgorithm = table.find(([name]) => name !== alg)?.[0]
      expect(await judge(`${encode({ alg: otherAlgorithm, kid: 'k' })}.${payload}.${signature}`, changes)).toMatch(
        refused,
      )
    },
  )

  it.each(['HS256', 'HS384', 'HS512'])('signed with %s and the shared secret proves its subject', async (alg) => {
    const token = await issue(goodClaims, { alg }, createSecretKey(secret))
    expect(await judge(token, { keys: sharedSecret })).toBe('alice')
    const other = await issue(goodClaims, { alg }, createSecretKey(Buffer.from(secret.toString().replace('0', '1'))))
    expect(await judge(other, { keys: sharedSecret })).toMatch(refused)
  })

  it('in DER form instead of two plain numbers, as other formats sign with elliptic curves, proves nobody', async () => {
    const { sign } = await import('node:crypto')
    const signed = `${encode({ alg: 'ES256', kid: 'k' })}.${encode(goodClaims)}`
    const der = sign('sha256', Buffer.from(signed), keyPairs.p256.privateKey)
    const keys = keysOf(['k', keyPairs.p256.publicKey])
    expect(await judge(`${signed}.${der.toString('base64url')}`, { keys })).toMatch(refused)
  })
})

describe('an attack on the header', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', ''])('with alg %j and any signature proves nobody', async (alg) => {
    for (const signature of ['', 'x', 'anything at all']) {
      expect(await judge(forge({ ...goodHeader, alg }, goodClaims, signature))).toMatch(refused)
    }
  })

  it('that signs with the public key as the secret proves nobody', async () => {
    const { publicKey } = keyPairs.rsa
    const texts = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      publicKey.export({ type: 'pkcs1', format: 'pem' }),
      String(publicKey.export({ type: 'spki', format: 'pem' })).trim(),
      JSON.stringify(jwkOf(publicKey)),
      '',
    ]
    for (const text of texts) {
      expect(await judge(forgeHmac({ ...goodHeader, alg: 'HS256' }, goodClaims, text))).toMatch(refused)
      expect(await judge(forgeHmac({ alg: 'HS256' }, goodClaims, text))).toMatch(refused)
    }
  })

  it('cannot bring its own key along, even beside a right signature', async () => {
    const evil = keyPairs.otherRsa
    const members = [
      { jwk: jwkOf(evil.publicKey) },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/chain.pem' },
      { x5c: ['MIIB'] },
      { crit: ['exp'] },
      { crit: [] },
      { zip: 'DEF' },
      { cty: 'JWT' },
    ]
    for (const member of members) {
      const name = Object.keys(member)[0] ?? ''
      for (const { privateKey } of [evil, keyPairs.rsa]) {
        const signed = `${encode({ ...goodHeader, ...member })}.${encode(goodClaims)}`
        const { sign } = await import('node:crypto')
        const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
        expect(await judge(token), name).toBe(`unauthenticated: token: its header holds ${name}`)
      }
    }
  })

  it.each([
    '../../../../dev/null',
    '/proc/self/environ',
    "x' UNION SELECT 'secret",
    'https://evil.example/jwks',
    '__proto__',
    '',
  ])('with the key id %j finds no key', async (kid) => {
    expect(await judge(forgeHmac({ alg: 'HS256', kid }, goodClaims, ''))).toMatch(refused)
    expect(await judge(await issue(goodClaims, { ...goodHeader, kid }, keyPairs.otherRsa.privateKey))).toMatch(refused)
  })

  it('with odd members is refused before any key is looked for', async () => {
    const keys = { isFixed: true, current: () => [], find: () => Promise.reject(new Error('a key was looked for')) }
    for (const header of [
      { ...goodHeader, kid: 7 },
      { ...goodHeader, kid: ['one'] },
      { ...goodHeader, kid: 'k'.repeat(513) },
      { ...goodHeader, alg: ['RS256'] },
      { ...goodHeader, typ: { a: 1 } },
      { ...goodHeader, typ: 'logout+jwt' },
      { kid: 'one' },
      [],
    ]) {
      expect(await judge(forge(header, goodClaims, 'x'), { keys }), JSON.stringify(header)).toMatch(refused)
    }
  })

  it('with a typ is judged by what is configured, else by what access tokens and ID tokens are called', async () => {
    const outcome = async (typ: string | undefined, type?: string) => {
      const header = { alg: 'RS256', ...(typ === undefined ? {} : { typ }) }
      return (await judge(await issue(goodClaims, header), { rules: { type } })) === 'alice'
    }
    expect(await outcome(undefined)).toBe(true)
    expect(await outcome('application/at+jwt')).toBe(true)
    expect(await outcome('dpop+jwt')).toBe(false)
    expect(await outcome('AT+JWT', 'at+jwt')).toBe(true)
    expect(await outcome('JWT', 'at+jwt')).toBe(false)
    expect(await outcome(undefined, 'at+jwt')).toBe(false)
  })

  it('with an algorithm that fits the key and is not allowed is refused', async () => {
    const token = await issue(goodClaims, { ...goodHeader, alg: 'PS256' })
    expect(await judge(token, { rules: { algorithms: ['PS256'] } })).toBe('alice')
    expect(await judge(token, { rules: { algorithms: ['RS256'] } })).toMatch(refused)
  })
})

describe('an attack on the claims', () => {
  const seconds = nowMs / 1_000
  const { exp: _, ...endless } = goodClaims
  it.each([
    ['expired', { exp: seconds - 31 }],
    ['expired long ago', { exp: 0 }],
    ['not valid yet', { nbf: seconds + 31 }],
    ['made in the future', { iat: seconds + 31 }],
    ['with exp as a text', { exp: String(seconds + 600) }],
    ['with nbf as a text', { nbf: String(seconds - 60) }],
    ['with iat as a text', { iat: String(seconds - 60) }],
    ['with exp as null', { exp: null }],
    ['with exp as a list', { exp: [seconds + 600] }],
    ['of another issuer', { iss: 'https://other.example/' }],
    ['of the same issuer without its slash', { iss: issuerUrl.slice(0, -1) }],
    ['of a list of issuers', { iss: [issuerUrl] }],
    ['for another audience', { aud: 'elsewhere' }],
    ['for an audience that begins as ours', { aud: `${audience}-dev` }],
    ['for no audience', { aud: undefined }],
    ['for an empty list of audiences', { aud: [] }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['with a subject that is an object', { sub: { id: 'alice' } }],
  ])('%s proves nobody', async (_what, change) => {
    const claims = Object.fromEntries(
      Object.entries({ ...goodClaims, ...change }).filter(([, value]) => value !== undefined),
    )
    const { sign } = await import('node:crypto')
    const signed = `${encode(goodHeader)}.${encode(claims)}`
    const token = `${signed}.${sign('sha256', Buffer.from(signed), keyPairs.rsa.privateKey).toString('base64url')}`
    expect(await judge(token)).toMatch(refused)
  })

  it('with a number too large for one is not taken for a token without an end', async () => {
    const { sign } = await import('node:crypto')
    const payload = JSON.stringify(goodClaims).replace(/"exp":\d+/, '"exp":1e999')
    const signed = `${encode(goodHeader)}.${Buffer.from(payload).toString('base64url')}`
    const token = `${signed}.${sign('sha256', Buffer.from(signed), keyPairs.rsa.privateKey).toString('base64url')}`
    expect(await judge(token)).toMatch(refused)
    expect(await judge(token, { rules: { mayBeEndless: true } })).toMatch(refused)
  })

  it('without an end proves somebody only where that is configured', async () => {
    expect(await judge(await issue(endless))).toMatch(refused)
    expect(await judge(await issue(endless), { rules: { mayBeEndless: true } })).toBe('alice')
  })

  it('within the clock skew is a clock, and no attack', async () => {
    expect(await judge(await issue({ ...goodClaims, exp: seconds - 29 }))).toBe('alice')
    expect(await judge(await issue({ ...goodClaims, nbf: seconds + 29, iat: seconds + 29 }))).toBe('alice')
    expect(await judge(await issue({ ...goodClaims, exp: seconds - 29 }), { rules: { skewMs: 0 } })).toMatch(refused)
  })

  it('older than max_age is refused, whatever its end says, and so is one of unknown age', async () => {
    const { iat: _iat, ...ageless } = goodClaims
    const rules = { maxAgeMs: 3_600_000 }
    expect(await judge(await issue(), { rules })).toBe('alice')
    expect(await judge(await issue({ ...goodClaims, iat: seconds - 3_700 }), { rules })).toMatch(refused)
    expect(await judge(await issue(ageless), { rules })).toMatch(refused)
  })

  it('without a required claim is refused', async () => {
    const rules = { required: [['org', 'id'], ['jti']] }
    expect(await judge(await issue({ ...goodClaims, org: { id: 7 }, jti: 'x' }), { rules })).toBe('alice')
    expect(await judge(await issue({ ...goodClaims, org: {}, jti: 'x' }), { rules })).toMatch(refused)
  })

  it('for several audiences is for ours when it is among them', async () => {
    expect(await judge(await issue({ ...goodClaims, aud: ['elsewhere', audience] }))).toBe('alice')
  })
})

describe('an attack on the form', () => {
  it('of a megabyte is refused before it is read', async () => {
    const huge = forge(goodHeader, { ...goodClaims, fill: 'x'.repeat(1_000_000) }, 'x')
    expect(await judge(huge)).toBe('unauthenticated: token: longer than any token')
  })

  it('with left-over bits, padding or other letters is another text, and refused', async () => {
    const token = await issue(goodClaims, { alg: 'ES256', kid: 'k' }, keyPairs.p256.privateKey)
    const changes = { keys: keysOf(['k', keyPairs.p256.publicKey]) }
    expect(await judge(token, changes)).toBe('alice')
    // 64 bytes leave four bits of their last letter over: sixteen texts would hold the same signature.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = `${token.slice(0, -1)}${letters[letters.indexOf(token.at(-1) ?? '') + 1]}`
    const bytesOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url')
    expect(bytesOf(twin)).toEqual(bytesOf(token))
    expect(await judge(twin, changes)).toMatch(refused)
    for (const text of [`${token}=`, ` ${token}`, `${token}\n`, `${token}.`, `${token}.x`, token.replace('.', '..')]) {
      expect(await judge(text, changes), JSON.stringify(text)).toMatch(refused)
    }
  })

  it('that is JSON but no object, or not UTF-8, is refused', async () => {
    const parts = [
      'eyJ',
      'eyJ9',
      Buffer.from('{"a":').toString('base64url'),
      Buffer.from('{"\xff":1}', 'latin1').toString('base64url'),
    ]
    for (const part of parts) expect(await judge(`${encode(goodHeader)}.${part}.AAAA`), part).toMatch(refused)
  })

  it('is told from keys by its form alone', () => {
    expect(looksLikeJwt(forge(goodHeader, goodClaims, 'x'))).toBe(true)
    expect(looksLikeJwt(forge({ ...goodHeader, alg: 'none' }, goodClaims, ''))).toBe(true)
    for (const text of ['gh_AbCdEfGh1234_secret', 'a.b.c', 'eyJhbGciOiJIUzI1NiJ9', ''])
      expect(looksLikeJwt(text)).toBe(false)
  })
})
