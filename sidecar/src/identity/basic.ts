/** Which name and password does a Basic header hold? Parsed here, then judged by passport-http's strategy. */
import { BasicStrategy } from 'passport-http'
import { GatehouseError } from '../gatehouse-error.ts'
import { runStrategy } from './passport-strategy.ts'

export interface BasicPair {
  readonly username: string
  readonly password: string
}

/** RFC 7617: base64 of UTF-8, split at the first colon. Undefined for anything else. */
export function parseBasic(token: string): BasicPair | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64')
  const text = bytes.toString('utf8')
  // A replacement character that was not sent means the bytes are no UTF-8.
  if (!Buffer.from(text).equals(bytes)) return undefined
  const colon = text.indexOf(':')
  if (colon <= 0 || colon === text.length - 1) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/**
 * Runs the pair through passport-http.
 * The strategy cuts a password at its next colon, so both halves travel in base64url, which has none.
 * @throws whatever `verify` throws
 */
export async function runBasicStrategy<Proof extends object>(
  pair: BasicPair,
  verify: (pair: BasicPair) => Promise<Proof>,
): Promise<Proof> {
  const strategy = new BasicStrategy({ realm: 'Gatehouse' }, (name, secret, done) => {
    verify({ username: decode(name), password: decode(secret) }).then(
      (proof) => done(null, proof),
      (error: unknown) => done(error),
    )
  })
  const token = Buffer.from(`${encode(pair.username)}:${encode(pair.password)}`).toString('base64')
  const verdict = await runStrategy<Proof>(strategy, { headers: { authorization: `Basic ${token}` } })
  if (verdict.kind === 'fail') throw new GatehouseError('bad_credentials')
  return verdict.user
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function decode(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8')
}
