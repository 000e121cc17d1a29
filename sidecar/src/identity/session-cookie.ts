/** Which session id does a Cookie header carry? The same name, signature and encoding that express-session writes. */
import { createHmac, randomBytes } from 'node:crypto'
import type { SessionHash } from '@gatehouse/shared/ids'
import { GatehouseError } from '../gatehouse-error.ts'
import type { InstanceSecret, SecretKeys } from '../store/secrets.ts'
import { isSameDigest, sha256Hex } from './constant-time.ts'

export interface SessionCookieOptions {
  /** Scheme under which browsers reach Gatehouse: own TLS or `server.public_url`, never a header. */
  readonly publicScheme: 'http' | 'https'
  /** Tells instances on one host apart, because cookies cross ports. */
  readonly instanceId: string
  /** Newest first: the first one signs. Asked each time, because secrets are rotated. */
  readonly secrets: () => SecretKeys
}

export interface SessionCookie {
  readonly name: string
  readonly isSecure: boolean
  /** For express-session, newest first. */
  signingSecrets(): readonly string[]
  /** The hash of the session id; undefined when there is no cookie of ours, or it is not signed by us. @throws unauthenticated */
  read(cookieHeaders: readonly string[]): SessionHash | undefined
  /** The session id and its cookie's value under the newest secret; undefined where it has that already, or is none of ours. @throws unauthenticated */
  renew(cookieHeaders: readonly string[]): { readonly id: string; readonly value: string } | undefined
  /** A new session id. */
  mintId(): string
}

/** 256 bits. */
const idBytes = 32
const valueShape = /^s:(?<id>[A-Za-z0-9_-]{43})\.(?<signature>[A-Za-z0-9+/]{43})$/
/** Headers longer than this are no browser's. */
const headerLimit = 16_384

export function createSessionCookie({ publicScheme, instanceId, secrets }: SessionCookieOptions): SessionCookie {
  const isSecure = publicScheme === 'https'
  const name = isSecure ? '__Host-gatehouse' : `gatehouse_${instanceId}`
  return {
    name,
    isSecure,
    signingSecrets: () => secrets().map(({ value }) => value),
    mintId: () => randomBytes(idBytes).toString('base64url'),
    read: (cookieHeaders) => {
      const id = unsign(onlyValue(cookieHeaders, name), secrets())
      return id === undefined ? undefined : sessionHash(id)
    },
    renew: (cookieHeaders) => {
      const [newest, ...older] = secrets()
      const value = onlyValue(cookieHeaders, name)
      if (older.length === 0 || unsign(value, [newest]) !== undefined) return undefined
      const id = unsign(value, older)
      return id === undefined ? undefined : { id, value: `s:${id}.${signId(id, newest)}` }
    },
  }
}

function onlyValue(cookieHeaders: readonly string[], name: string): string {
  const values = cookieHeaders.flatMap((header) => valuesOf(header, name))
  // A sibling host or path may plant a second one; which of them counts is a matter of luck.
  if (values.length > 1) throw new GatehouseError('unauthenticated', { detail: 'two session cookies' })
  return values[0] ?? ''
}

/** What the store knows a session by. */
export function sessionHash(id: string): SessionHash {
  return parseSessionHash(sha256Hex(id))
}

function valuesOf(header: string, name: string): readonly string[] {
  if (header.length > headerLimit) throw new GatehouseError('unauthenticated', { detail: 'over-long Cookie header' })
  return header.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    // A name without `=` is a cookie without a value to other parsers (Python's http.cookies), and so a second one.
    const [own, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    return own.trim() === name ? [value.trim()] : []
  })
}

function unsign(value: string, secrets: readonly InstanceSecret[]): string | undefined {
  const groups = valueShape.exec(decodeValue(value))?.groups
  if (groups?.id === undefined || groups.signature === undefined) return undefined
  const { id, signature } = groups
  const verdicts = secrets.map((secret) => isSameDigest(signId(id, secret), signature))
  return verdicts.includes(true) ? id : undefined
}

/** As the package cookie-signature, which express-session uses. */
function signId(id: string, secret: InstanceSecret): string {
  return createHmac('sha256', secret.value).update(id).digest('base64').replace(/=+$/, '')
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    // A stray percent sign: not a value that was ever issued.
    return ''
  }
}

function parseSessionHash(text: string): SessionHash {
  return text as SessionHash
}
