/** What does a token say of itself, before anybody believes it? Its form and header, judged before any key is touched. */
import { isRecord, type JsonRecord } from './claims.ts'
import { refusedToken } from './refused-token.ts'

export interface UnprovenToken {
  readonly text: string
  readonly algorithm: string
  /** Compared with the ids of known keys, and nothing else: it is no path, no address and no query. */
  readonly keyId: string | undefined
  readonly type: string | undefined
  /** Only chooses which issuer's rules judge the token; they prove it then. */
  readonly issuer: string
  readonly audiences: readonly string[]
}

/** Characters. Tokens with many groups have some thousands. */
export const jwtLimit = 16_384
const keyIdLimit = 512
/** Objects and lists in each other. Attack: what compares two readings of thousands of them runs out of stack. */
const depthLimitCount = 32

/**
 * Members that would bring a key along or change how the rest is read (RFC 7515 section 4.1, RFC 7797): a token with one
 * of them is refused, not read without it.
 */
const refusedMembers = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'cty']

const form = /^(?<header>eyJ[\w-]+)\.(?<payload>eyJ[\w-]+)\.(?<signature>[\w-]*)$/

/** Whether a text is meant as a JSON Web Token: two parts that begin as JSON objects in base64url, and a third. */
export function looksLikeJwt(text: string): boolean {
  return form.test(text)
}

/** @throws unauthenticated */
export function parseToken(text: string): UnprovenToken {
  if (text.length > jwtLimit) throw refusedToken('longer than any token')
  const { header = '', payload = '', signature = '' } = form.exec(text)?.groups ?? {}
  if (signature === '') throw refusedToken('not three parts, or no signature')
  const [head, body] = [readPart(header), readPart(payload)]
  readBytes(signature)
  const member = refusedMembers.find((name) => Object.hasOwn(head, name))
  if (member !== undefined) throw refusedToken(`its header holds ${member}`)
  const { alg, kid, typ } = head
  const { iss, aud } = body
  if (typeof alg !== 'string' || typeof iss !== 'string') throw refusedToken('no alg, or no iss')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > keyIdLimit)) throw refusedToken('an odd kid')
  if (typ !== undefined && typeof typ !== 'string') throw refusedToken('an odd typ')
  return { text, algorithm: alg, keyId: kid, type: typ, issuer: iss, audiences: parseAudiences(aud) }
}

function parseAudiences(aud: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  const texts = list.filter((one) => typeof one === 'string')
  if (texts.length < list.length) throw refusedToken('no aud, or an odd one')
  return texts
}

function readPart(part: string): JsonRecord {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readBytes(part)))
    if (isRecord(value) && !isDeeper(value, depthLimitCount)) return value
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw refusedToken('a part that is no JSON object, or one of too many levels')
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** One text for one token: base64url with left-over bits would let everybody make others that mean the same. */
function readBytes(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw refusedToken('base64url that is not in its one form')
  return bytes
}
