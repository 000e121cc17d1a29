/** How do tests make tokens? As issuers do, with jose; and as attackers do, out of any header, payload and signature. */
import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import type { JwtIssuer } from './jwt-issuer.ts'
import { createFixedKeys, type KeySource } from './key-source.ts'
import { createVerificationKey } from './verification-key.ts'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const keyPairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  otherRsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
} satisfies Record<string, KeyPair>

export const issuerUrl = 'https://issuer.example/'
export const audience = 'comfyui'
export const nowMs = Date.parse('2026-11-20T12:00:00Z')
const nowSeconds = nowMs / 1_000

export const goodClaims = {
  iss: issuerUrl,
  aud: audience,
  sub: 'alice',
  iat: nowSeconds - 60,
  nbf: nowSeconds - 60,
  exp: nowSeconds + 600,
}

export const goodHeader = { alg: 'RS256', kid: 'one', typ: 'JWT' }

/** As an issuer does. */
export function issue(
  claims: Readonly<Record<string, unknown>> = goodClaims,
  header: JWTHeaderParameters = goodHeader,
  key: KeyObject = keyPairs.rsa.privateKey,
): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key)
}

/** Three parts, whatever they hold. */
export function forge(header: unknown, payload: unknown, signature: Buffer | string): string {
  return [encode(header), encode(payload), Buffer.from(signature).toString('base64url')].join('.')
}

/** With an HMAC over any text as the key. */
export function forgeHmac(header: unknown, payload: unknown, secret: Buffer | string): string {
  const signed = `${encode(header)}.${encode(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export function keysOf(...pairs: readonly (readonly [id: string | undefined, key: KeyObject])[]): KeySource {
  return createFixedKeys(pairs.map(([id, key]) => createVerificationKey(key, { id })))
}

export function jwkOf(key: KeyObject, more: JsonWebKey = {}): JsonWebKey {
  return { ...key.export({ format: 'jwk' }), ...more }
}

export interface IssuerChanges extends Partial<Omit<JwtIssuer, 'rules' | 'paths' | 'accounts'>> {
  readonly rules?: Partial<JwtIssuer['rules']>
  readonly paths?: Partial<JwtIssuer['paths']>
  readonly accounts?: Partial<JwtIssuer['accounts']>
}

export function issuerWith({ rules, paths, accounts, ...rest }: IssuerChanges = {}): JwtIssuer {
  return {
    name: 'studio',
    keys: keysOf(['one', keyPairs.rsa.publicKey]),
    header: undefined,
    cookie: undefined,
    scopes: undefined,
    from: undefined,
    logoutUrl: undefined,
    ...rest,
    rules: {
      issuer: issuerUrl,
      audiences: [audience],
      algorithms: undefined,
      type: undefined,
      skewMs: 30_000,
      maxAgeMs: undefined,
      mayBeEndless: false,
      required: [],
      ...rules,
    },
    paths: { user: ['sub'], subject: ['sub'], tenant: undefined, groups: undefined, role: undefined, ...paths },
    accounts: { provision: true, names: 'own', role: undefined, roles: {}, tenants: {}, ...accounts },
  }
}
