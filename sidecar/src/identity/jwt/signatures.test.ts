/** Which texts are no signatures, although some reader somewhere takes them for one? Tables after Project Wycheproof, one for each kind of key. */
import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GatehouseError } from '../../gatehouse-error.ts'
import { encode, goodClaims, issuerWith, jwkOf, keyPairs, keysOf, nowMs } from './forge.ts'
import { findIssuer, vouch } from './jwt-issuer.ts'
import { createFixedKeys } from './key-source.ts'
import { parseToken } from './parse-token.ts'
import { createSecretVerificationKey, importJwk } from './verification-key.ts'

type Keys = ReturnType<typeof keysOf>

/** The subject, or the code of the refusal. */
async function judge(text: string, keys: Keys): Promise<string> {
  try {
    const token = parseToken(text)
    return (await vouch(findIssuer([issuerWith({ keys })], token), token, nowMs)).subject.subject
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    return error.code
  }
}

const signedText = (alg: string): string => `${encode({ alg, kid: 'k' })}.${encode(goodClaims)}`
const withSignature = (alg: string, signature: Buffer): string =>
  `${signedText(alg)}.${signature.toString('base64url')}`
const judged = (alg: string, signature: Buffer, key: KeyObject): Promise<string> =>
  judge(withSignature(alg, signature), keysOf(['k', key]))

const toInt = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex') || '0'}`)
const toBytes = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')

describe.each([
  ['ES256', keyPairs.p256, 'sha256', 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    ...(['ES384', keyPairs.p384, 'sha384', 48] as const),
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  [
    ...(['ES512', keyPairs.p521, 'sha512', 66] as const),
    BigInt(`0x1${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
  ],
] as const)('%s', (alg, { privateKey, publicKey }, hash, size, order) => {
  const text = Buffer.from(signedText(alg))
  const good = sign(hash, text, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const der = sign(hash, text, privateKey)
  const [r, s] = [toInt(good.subarray(0, size)), toInt(good.subarray(size))]
  const pair = (one: bigint, other: bigint): Buffer => Buffer.concat([toBytes(one, size), toBytes(other, size)])
  const limit = 2n ** BigInt(size * 8)
  const table: Readonly<Record<string, Buffer>> = {
    'r and s of 0': pair(0n, 0n),
    'r of 0': pair(0n, s),
    's of 0': pair(r, 0n),
    'r and s of 1': pair(1n, 1n),
    'r of the order': pair(order, s),
    's of the order': pair(r, order),
    'r of the order and s of 0': pair(order, 0n),
    'r and s of all ones': pair(limit - 1n, limit - 1n),
    'r and s of the order less 1': pair(order - 1n, order - 1n),
    'r negative': pair(order - r, s),
    'the two in the other order': pair(s, r),
    ...(r + order < limit ? { 'r beyond the order': pair(r + order, s) } : {}),
    ...(s + order < limit ? { 's beyond the order': pair(r, s + order) } : {}),
    'DER, as other formats have it': der,
    'DER with a longer length': Buffer.concat([Buffer.from([0x30, 0x81, der[1] ?? 0]), der.subarray(2)]),
    'r alone': good.subarray(0, size),
    'one byte less': good.subarray(0, -1),
    'one byte less of each': Buffer.concat([good.subarray(1, size), good.subarray(size + 1)]),
    'a byte more at the end': Buffer.concat([good, Buffer.alloc(1)]),
    'a byte of zero before each': Buffer.concat([
      ...[Buffer.alloc(1), good.subarray(0, size)],
      ...[Buffer.alloc(1), good.subarray(size)],
    ]),
    'the signature twice': Buffer.concat([good, good]),
    'of another digest': sign(hash === 'sha256' ? 'sha384' : 'sha256', text, {
      ...{ key: privateKey, dsaEncoding: 'ieee-p1363' },
    }),
    'of another text': sign(hash, Buffer.from('another text'), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  }

  it.each(Object.entries(table))('with %s proves nobody', async (_what, signature) => {
    expect(await judged(alg, good, publicKey)).toBe('alice')
    expect(await judged(alg, signature, publicKey)).toBe('unauthenticated')
  })

  it('has a twin to every signature, which says the same', async () => {
    // n - s is as right as s (RFC 7515 asks for neither): whoever makes the twin has the token already.
    expect(await judged(alg, pair(r, order - s), publicKey)).toBe('alice')
  })

  it('is not another curve', async () => {
    for (const [other, key] of [
      ['ES256', keyPairs.p256],
      ['ES384', keyPairs.p384],
      ['ES512', keyPairs.p521],
    ] as const) {
      if (other === alg) continue
      expect(await judged(alg, good, key.publicKey), other).toBe('unauthenticated')
      expect(await judged(other, good, publicKey), other).toBe('unauthenticated')
    }
  })
})

/** DigestInfo before the digest itself (RFC 8017 section 9.2). */
const digestInfo = {
  sha1: '3021300906052b0e03021a05000414',
  sha256: '3031300d060960864801650304020105000420',
  sha256WithoutNull: '302f300b06096086480165030402010420',
  sha256WithLongLength: '308131300d060960864801650304020105000420',
  sha512: '3051300d060960864801650304020305000440',
} as const

describe('RS256', () => {
  const size = 256
  const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const digestOf = (name: string): Buffer => createHash(name).update(signedText('RS256')).digest()
  const info = (name: keyof typeof digestInfo, digest: Buffer): Buffer =>
    Buffer.concat([Buffer.from(digestInfo[name], 'hex'), digest])
  const right = info('sha256', digestOf('sha256'))
  /** `00 type padding 00 rest`, as long as the modulus unless it says otherwise. */
  const block = (rest: Buffer, { type = 1, fill = 0xff, padding = size - 3 - rest.length } = {}): Buffer =>
    Buffer.concat([Buffer.from([0, type]), Buffer.alloc(padding, fill), Buffer.alloc(1), rest])
  const raw = (bytes: Buffer, key: KeyObject = keyPairs.rsa.privateKey): Buffer =>
    privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, bytes)
  const garbage = (count: number): Buffer => Buffer.alloc(count, 7)
  const blocks: Readonly<Record<string, Buffer>> = {
    'the digest without what it is of': block(digestOf('sha256')),
    'the digest alone': Buffer.concat([Buffer.alloc(size - 32), digestOf('sha256')]),
    'a digest that says it is another': block(info('sha512', digestOf('sha256'))),
    'SHA-1': block(info('sha1', digestOf('sha1'))),
    'SHA-512': block(info('sha512', digestOf('sha512'))),
    'a parameter left out': block(info('sha256WithoutNull', digestOf('sha256'))),
    'a length in another form': block(info('sha256WithLongLength', digestOf('sha256'))),
    'padding for encryption': block(right, { type: 2 }),
    'padding of type 0': block(right, { type: 0, fill: 0 }),
    'padding of other bytes': block(right, { fill: 0xfe }),
    'little padding and garbage after the digest': Buffer.concat([
      block(right, { padding: 8 }),
      garbage(size - 11 - right.length),
    ]),
    'no padding and garbage after the digest': Buffer.concat([
      block(right, { padding: 0 }),
      garbage(size - 3 - right.length),
    ]),
    'a byte after the digest': Buffer.concat([block(right, { padding: size - 4 - right.length }), garbage(1)]),
    'zeros alone': Buffer.alloc(size),
    'the number 1': toBytes(1n, size),
  }

  it.each(Object.entries(blocks))('over %s proves nobody', async (_what, bytes) => {
    expect(await judged('RS256', raw(block(right)), keyPairs.rsa.publicKey)).toBe('alice')
    expect(await judged('RS256', raw(bytes), keyPairs.rsa.publicKey)).toBe('unauthenticated')
  })

  it('with a small exponent is no cube root that anybody can take (CVE-2006-4339)', async () => {
    expect(await judged('RS256', raw(block(right), small.privateKey), small.publicKey)).toBe('alice')
    const start = Buffer.concat([block(right, { padding: 8 }), Buffer.alloc(size - 11 - right.length)])
    const root = cubeRoot(toInt(start)) + 1n
    const cubed = toBytes(root ** 3n, size)
    // Without any key: what a careless reader looks at is right.
    expect(cubed.subarray(0, 11 + right.length)).toEqual(start.subarray(0, 11 + right.length))
    expect(await judged('RS256', toBytes(root, size), small.publicKey)).toBe('unauthenticated')
  })

  it.each([
    ['a byte of zero before it', (good: Buffer) => Buffer.concat([Buffer.alloc(1), good])],
    ['a byte more', (good: Buffer) => Buffer.concat([good, Buffer.alloc(1)])],
    ['a byte less', (good: Buffer) => good.subarray(1)],
    ['the modulus added', (good: Buffer) => toBytes(toInt(good) + modulusOf(keyPairs.rsa.publicKey), size + 1)],
    ['the modulus itself', () => toBytes(modulusOf(keyPairs.rsa.publicKey), size)],
    ['nothing but the first byte', (good: Buffer) => good.subarray(0, 1)],
  ])('with %s proves nobody', async (_what, change) => {
    const good = sign('sha256', Buffer.from(signedText('RS256')), keyPairs.rsa.privateKey)
    expect(await judged('RS256', change(good), keyPairs.rsa.publicKey)).toBe('unauthenticated')
  })
})

describe.each([
  ['PS256', 'sha256', 32],
  ['PS384', 'sha384', 48],
  ['PS512', 'sha512', 64],
] as const)('%s', (alg, hash, length) => {
  const { privateKey, publicKey } = keyPairs.rsa
  const text = Buffer.from(signedText(alg))
  const salted = (saltLength: number, digest: string = hash): Buffer =>
    sign(digest, text, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })

  it('has a salt as long as its digest, and no other (RFC 7518 section 3.5)', async () => {
    expect(await judged(alg, salted(length), publicKey)).toBe('alice')
    for (const other of [0, 20, length - 1, length + 1, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      expect(await judged(alg, salted(other), publicKey), String(other)).toBe('unauthenticated')
    }
  })

  it('is neither the older padding nor another digest', async () => {
    expect(await judged(alg, sign(hash, text, privateKey), publicKey)).toBe('unauthenticated')
    for (const [digest, size] of [
      ['sha1', 20],
      ['sha256', 32],
      ['sha384', 48],
      ['sha512', 64],
    ] as const) {
      if (digest === hash) continue
      for (const salt of [size, length]) {
        expect(await judged(alg, salted(salt, digest), publicKey), digest).toBe('unauthenticated')
      }
    }
  })

  it('with masks of another digest proves nobody', async () => {
    const odd = generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: hash, mgf1HashAlgorithm: 'sha1' })
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signature = sign(hash, text, { key: odd.privateKey, padding, saltLength: length })
    expect(await judged(alg, signature, plainRsa(odd.publicKey))).toBe('unauthenticated')
  })
})

describe('EdDSA', () => {
  const { privateKey, publicKey } = keyPairs.ed25519
  const text = Buffer.from(signedText('EdDSA'))
  const good = sign(null, text, privateKey)
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const little = (value: bigint): Buffer => toBytes(value, 32).reverse()
  const s = toInt(Buffer.from(good.subarray(32)).reverse())
  const [r, tail] = [good.subarray(0, 32), good.subarray(32)]
  const table: Readonly<Record<string, Buffer>> = {
    's with the order added': Buffer.concat([r, little(s + order)]),
    's with twice the order added': Buffer.concat([r, little(s + 2n * order)]),
    's of 0': Buffer.concat([r, Buffer.alloc(32)]),
    's of the order': Buffer.concat([r, little(order)]),
    's with its highest bit set': Buffer.concat([r, flipped(tail, 31, 0x80)]),
    'r of the identity and s of 0': Buffer.concat([little(1n), Buffer.alloc(32)]),
    'r of 0 and s of 0': Buffer.alloc(64),
    'r with another sign': Buffer.concat([flipped(r, 31, 0x80), tail]),
    'a point of small order for r': Buffer.concat([little(2n ** 255n - 20n), tail]),
    'the two in the other order': Buffer.concat([tail, r]),
    'a byte less': good.subarray(0, 63),
    'a byte more': Buffer.concat([good, Buffer.alloc(1)]),
    'r alone': r,
    'the signature twice': Buffer.concat([good, good]),
    'of the digest of the text (Ed25519ph)': sign(null, createHash('sha512').update(text).digest(), privateKey),
  }

  it.each(Object.entries(table))('with %s proves nobody', async (_what, signature) => {
    expect(await judged('EdDSA', good, publicKey)).toBe('alice')
    expect(await judged('EdDSA', signature, publicKey)).toBe('unauthenticated')
  })

  it('has no key with which everybody signs', () => {
    const p = 2n ** 255n - 19n
    const ofOrder8 = [
      0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
      0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
    ]
    for (const y of [0n, 1n, p - 1n, p, p + 1n, ...ofOrder8]) {
      for (const signOfX of [0n, 2n ** 255n]) {
        const jwk = { kty: 'OKP', crv: 'Ed25519', x: little(y + signOfX).toString('base64url') }
        expect(() => importJwk(jwk), y.toString(16)).toThrow('with which everybody can sign')
      }
    }
  })
})

describe.each([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
] as const)('%s', (alg, hash) => {
  const secret = Buffer.from('a shared secret of the studio, that is long enough for every digest: 0123456789')
  const keys = createFixedKeys([createSecretVerificationKey(secret)])
  const text = signedText(alg)
  const mac = (key: Buffer | string, digest: string = hash): Buffer => createHmac(digest, key).update(text).digest()
  const good = mac(secret)
  const table: Readonly<Record<string, Buffer>> = {
    'half of it': good.subarray(0, good.length / 2),
    'its first byte': good.subarray(0, 1),
    'a byte less': good.subarray(0, -1),
    'a byte more': Buffer.concat([good, Buffer.alloc(1)]),
    zeros: Buffer.alloc(good.length),
    'of no secret': mac(''),
    'of the secret and a line end': mac(`${secret}\n`),
    'of the secret in base64': mac(secret.toString('base64')),
    'of another digest': mac(secret, hash === 'sha256' ? 'sha512' : 'sha256'),
    'its hexadecimal digits': Buffer.from(good.toString('hex')),
    'a digest without a secret': createHash(hash).update(text).digest(),
    'the secret after the text': createHash(hash).update(text).update(secret).digest(),
    'the secret before the text': createHash(hash).update(secret).update(text).digest(),
  }

  it.each(Object.entries(table))('with %s proves nobody', async (_what, signature) => {
    expect(await judge(withSignature(alg, good), keys)).toBe('alice')
    expect(await judge(withSignature(alg, signature), keys)).toBe('unauthenticated')
  })

  it('is what no public key proves, and a secret proves nothing else', async () => {
    for (const { publicKey } of Object.values(keyPairs)) {
      const texts = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'spki', format: 'der' }),
      ]
      for (const secret of texts) expect(await judged(alg, mac(secret), publicKey)).toBe('unauthenticated')
      expect(await judged(alg, mac(JSON.stringify(jwkOf(publicKey))), publicKey)).toBe('unauthenticated')
    }
    const rs = sign('sha256', Buffer.from(signedText('RS256')), keyPairs.rsa.privateKey)
    expect(await judge(withSignature('RS256', rs), keys)).toBe('unauthenticated')
  })
})

function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ bits
  return copy
}

function modulusOf(key: KeyObject): bigint {
  return toInt(Buffer.from(jwkOf(key).n ?? '', 'base64url'))
}

/** Rounded down. */
function cubeRoot(value: bigint): bigint {
  let [low, high] = [0n, 2n ** 700n]
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** 3n <= value) low = middle
    else high = middle - 1n
  }
  return low
}

/** The same numbers as a key that may be used with any padding. */
function plainRsa(key: KeyObject): KeyObject {
  const der = key.export({ type: 'spki', format: 'der' })
  // SubjectPublicKeyInfo ends with the RSAPublicKey, in a BIT STRING with its byte of unused bits.
  const at = der.indexOf(Buffer.from('00308201', 'hex')) + 1
  const pkcs1 = der.subarray(at)
  return createPublicKey({ key: pkcs1, format: 'der', type: 'pkcs1' })
}
