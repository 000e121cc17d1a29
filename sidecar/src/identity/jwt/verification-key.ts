/** Which keys may prove a token, and with which algorithms? The kind of the key decides; weak ones are none at all. */
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isRecord } from './claims.ts'

export interface VerificationKey {
  /** Undefined fits every token. */
  readonly id: string | undefined
  readonly algorithms: readonly string[]
  readonly key: KeyObject
}

/** Why a key cannot be used, in a sentence for the operator. */
export class WeakKeyError extends Error {}

export interface KeyFacts {
  readonly id?: string | undefined
  /** What the key set says it is for; never more than its kind allows. */
  readonly algorithm?: string | undefined
}

const minimumModulusBits = 2_048
/** Beyond it a single check takes long enough to be a weapon. */
const maximumModulusBits = 16_384
/** Bytes (RFC 7518 section 3.2: as long as the digest). */
const minimumSecretBytes = 32

const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
const curveAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/** Little-endian y of Ed25519's points of small order, and p and p + 1, which are 0 and 1: the sign of x is left out. */
const smallOrders: ReadonlySet<string> = new Set([
  ...['00'.repeat(32), `01${'00'.repeat(31)}`, ...['ec', 'ed', 'ee'].map((first) => `${first}${'ff'.repeat(30)}7f`)],
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

/** @throws WeakKeyError */
export function createVerificationKey(key: KeyObject, { id, algorithm }: KeyFacts = {}): VerificationKey {
  const possible = algorithmsOf(key)
  const algorithms = algorithm === undefined ? possible : possible.filter((one) => one === algorithm)
  if (algorithms.length === 0) throw new WeakKeyError(`its algorithm ${algorithm} does not fit its kind`)
  return { id, algorithms, key }
}

/** @throws WeakKeyError */
export function createSecretVerificationKey(secret: Uint8Array): VerificationKey {
  if (secret.byteLength < minimumSecretBytes || new Set(secret).size < 8) {
    throw new WeakKeyError(`the secret is too short or obvious; use at least ${minimumSecretBytes} random bytes`)
  }
  return createVerificationKey(createSecretKey(secret))
}

/** A member of a key set that was pasted or lies in a file. @throws WeakKeyError */
export function importJwk(jwk: unknown): VerificationKey {
  if (!isRecord(jwk)) throw new WeakKeyError('it is no JSON Web Key')
  if (Object.hasOwn(jwk, 'd'))
    throw new WeakKeyError('it is a private key: keep that with the issuer, give its public half')
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new WeakKeyError('its use is not sig')
  return createVerificationKey(readKey({ format: 'jwk', key: parseJwk(jwk) }), {
    id: textOr(jwk.kid),
    algorithm: textOr(jwk.alg),
  })
}

/** Every public key or certificate of a PEM text. @throws WeakKeyError */
export function importPem(pem: string): readonly VerificationKey[] {
  const blocks = pem.match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----/g) ?? []
  if (blocks.length === 0) throw new WeakKeyError('it holds no PEM block')
  return blocks.map((block) => {
    if (block.includes('PRIVATE KEY')) {
      throw new WeakKeyError('it holds a private key: keep that with the issuer, give its public half')
    }
    return createVerificationKey(readKey(block))
  })
}

/** @throws WeakKeyError */
export function readKey(material: Parameters<typeof createPublicKey>[0]): KeyObject {
  try {
    return createPublicKey(material)
  } catch (error) {
    throw new WeakKeyError('it is no public key that can be read', { cause: error })
  }
}

function algorithmsOf(key: KeyObject): readonly string[] {
  if (key.type === 'secret') {
    const bytes = key.symmetricKeySize ?? 0
    return ['HS256', ...(bytes >= 48 ? ['HS384'] : []), ...(bytes >= 64 ? ['HS512'] : [])]
  }
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < minimumModulusBits) throw new WeakKeyError(`RSA needs ${minimumModulusBits} bits or more`)
      if (modulusLength > maximumModulusBits) throw new WeakKeyError('the RSA modulus is too long')
      // With exponent 1 everybody can sign; an even one belongs to no key pair.
      if (publicExponent < 3n || publicExponent % 2n === 0n)
        throw new WeakKeyError('its RSA exponent is not odd and 3 or more')
      return rsaAlgorithms
    case 'ec': {
      const algorithm = curveAlgorithms[namedCurve]
      if (algorithm === undefined) throw new WeakKeyError('its curve is none of P-256, P-384 and P-521')
      return [algorithm]
    }
    case 'ed25519':
      if (isOfSmallOrder(key)) throw new WeakKeyError('it is a point of small order, with which everybody can sign')
      return ['EdDSA']
    default:
      throw new WeakKeyError('it is none of RSA, EC and Ed25519')
  }
}

/** Attack: the equation of RFC 8032 section 5.1.7 then holds for r of the same point and s of 0, whatever the text. */
function isOfSmallOrder(key: KeyObject): boolean {
  const y = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  y[31] = (y[31] ?? 0) & 0x7f
  return smallOrders.has(y.toString('hex'))
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function parseJwk(jwk: object): JsonWebKey {
  return jwk as JsonWebKey
}
