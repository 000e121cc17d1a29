/** Which keys are good enough to prove anybody, and what may each be used for? */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { jwkOf, keyPairs } from './forge.ts'
import { loadPublishedKeys } from './load-published-keys.ts'
import { createSecretVerificationKey, importJwk, importPem } from './verification-key.ts'

const modulus = jwkOf(keyPairs.rsa.publicKey).n ?? ''
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
const pem = (key: (typeof keyPairs)['rsa']['publicKey']) => String(key.export({ type: 'spki', format: 'pem' }))

describe('a key', () => {
  it('may be used for what its kind allows, and for less where its set says so', () => {
    const algorithmsOf = (jwk: object) => importJwk(jwk).algorithms
    expect(algorithmsOf(jwkOf(keyPairs.rsa.publicKey))).toEqual(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])
    expect(algorithmsOf(jwkOf(keyPairs.rsa.publicKey, { alg: 'RS256' }))).toEqual(['RS256'])
    expect(algorithmsOf(jwkOf(keyPairs.p384.publicKey))).toEqual(['ES384'])
    expect(algorithmsOf(jwkOf(keyPairs.ed25519.publicKey))).toEqual(['EdDSA'])
    expect(() => algorithmsOf(jwkOf(keyPairs.rsa.publicKey, { alg: 'HS256' }))).toThrow('does not fit its kind')
    expect(() => algorithmsOf(jwkOf(keyPairs.p384.publicKey, { alg: 'ES256' }))).toThrow('does not fit its kind')
  })

  it.each([
    ['an RSA key of 1024 bits', jwkOf(short), '2048 bits'],
    ['RSA with exponent 1', { kty: 'RSA', n: modulus, e: 'AQ' }, 'exponent'],
    ['RSA with an even exponent', { kty: 'RSA', n: modulus, e: 'Ag' }, 'exponent'],
    ['a curve of coins', jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), 'curve'],
    ['Ed448', jwkOf(generateKeyPairSync('ed448').publicKey), 'none of'],
    ['a key for agreements', jwkOf(generateKeyPairSync('x25519').publicKey), 'none of'],
    ['a private key', jwkOf(keyPairs.rsa.privateKey), 'private'],
    ['a key to encrypt with', jwkOf(keyPairs.rsa.publicKey, { use: 'enc' }), 'use'],
    ['a shared secret', { kty: 'oct', k: Buffer.alloc(64, 7).toString('base64url') }, 'no public key'],
    [
      'a point off its curve',
      { ...jwkOf(keyPairs.p256.publicKey), y: Buffer.alloc(32, 1).toString('base64url') },
      'no public key',
    ],
    ['nothing', {}, 'no public key'],
    ['a text', 'key', 'no JSON Web Key'],
  ])('that is %s is refused', (_what, jwk, reason) => {
    expect(() => importJwk(jwk)).toThrow(reason)
  })

  it('of a PEM text may have others beside it, for a change of keys with overlap', () => {
    const keys = importPem(`one\n${pem(keyPairs.rsa.publicKey)}\ntwo\n${pem(keyPairs.p256.publicKey)}`)
    expect(keys.map(({ algorithms }) => algorithms.at(-1))).toEqual(['PS512', 'ES256'])
    expect(() => importPem('')).toThrow('no PEM block')
    expect(() => importPem(pem(short))).toThrow('2048 bits')
    expect(() => importPem(String(keyPairs.rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })))).toThrow(
      'private key',
    )
  })

  it('that is a shared secret is long and not obvious', () => {
    const random = Buffer.from('0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef')
    expect(createSecretVerificationKey(random.subarray(0, 32)).algorithms).toEqual(['HS256'])
    expect(createSecretVerificationKey(random.subarray(0, 48)).algorithms).toEqual(['HS256', 'HS384'])
    expect(createSecretVerificationKey(random).algorithms).toEqual(['HS256', 'HS384', 'HS512'])
    for (const weak of [Buffer.alloc(0), random.subarray(0, 31), Buffer.alloc(64, 'a'), Buffer.from('ab'.repeat(32))]) {
      expect(() => createSecretVerificationKey(weak)).toThrow('32 random bytes')
    }
  })
})

describe('a published key set', () => {
  const load = async (value: unknown) => {
    const skipped: string[] = []
    const keys = await loadPublishedKeys('https://issuer.example/keys', {
      fetchDocument: async () => value,
      skipped: (_id, reason) => skipped.push(reason),
    })
    return { ids: keys.map(({ id }) => id), algorithms: keys.map(({ algorithms }) => algorithms.join(' ')), skipped }
  }

  it('gives its good public keys for signatures, and leaves out every other', async () => {
    const keys = [
      jwkOf(keyPairs.rsa.publicKey, { kid: 'rsa', use: 'sig' }),
      jwkOf(keyPairs.p521.publicKey, { kid: 'ec' }),
      jwkOf(keyPairs.ed25519.publicKey, { kid: 'ed', alg: 'EdDSA' }),
      jwkOf(keyPairs.rsa.publicKey, { kid: 'pss', alg: 'PS384' }),
      jwkOf(short, { kid: 'short' }),
      { kty: 'RSA', n: modulus, e: 'AQ', kid: 'everybody-signs' },
      jwkOf(keyPairs.rsa.privateKey, { kid: 'private' }),
      jwkOf(keyPairs.rsa.publicKey, { kid: 'enc', use: 'enc' }),
      { kty: 'oct', k: Buffer.alloc(64, 7).toString('base64url'), kid: 'secret' },
      { kty: 'RSA' },
      'text',
      null,
    ]
    expect(await load({ keys })).toEqual({
      ids: ['rsa', 'ec', 'ed', 'pss'],
      algorithms: ['RS256 RS384 RS512 PS256 PS384 PS512', 'ES512', 'EdDSA', 'PS384'],
      skipped: ['RSA needs 2048 bits or more', 'its RSA exponent is not odd and 3 or more'],
    })
  })

  it.each([
    undefined,
    null,
    [],
    {},
    { keys: 'x' },
    { keys: [] },
    { keys: [{ kty: 'oct' }] },
    { keys: Array(101).fill({}) },
  ])('of the form %j is none', async (value) => {
    await expect(load(value)).rejects.toThrow()
  })
})
