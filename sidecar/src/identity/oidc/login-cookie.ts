/** Which browser began this login, and with what? Kept in that browser, sealed, for some minutes, and good once. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { InstanceSecret, SecretKeys } from '../../store/secrets.ts'
import { cookieValues } from '../jwt/carriers.ts'
import type { LoginChecks } from './oidc-client.ts'

export interface PendingLogin extends LoginChecks {
  /** Name of the provider. */
  readonly provider: string
  /** Path of our own; where the person wanted to go. */
  readonly next: string
  /** The session that this browser had, which the new one takes the place of, or to whose person an identity is linked. */
  readonly session: SessionHash | null
  /** Who wants to link an identity; null for a login. */
  readonly linkTo: UserId | null
}

export interface LoginCookie {
  readonly name: string
  readonly isSecure: boolean
  readonly maxAgeMs: number
  seal(login: PendingLogin): string
  /** Undefined for none, a strange, an old or a used one: it is used up by this. */
  take(cookieHeader: string | undefined): PendingLogin | undefined
}

export interface LoginCookieOptions {
  readonly isSecure: boolean
  readonly instanceId: string
  /** Newest first: the first one seals. */
  readonly secrets: () => SecretKeys
  readonly now: () => number
}

/** Milliseconds; a second factor at the provider takes a while. */
const maxAgeMs = 10 * 60_000
const [ivBytes, tagBytes] = [12, 16]
/** Characters; a browser keeps 4096 bytes of a cookie, and longer ones are not even opened (CVE-2026-34052). */
const sealedLimit = 3_800

const shape = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  session: z.string().nullable(),
  linkTo: z.string().nullable(),
  untilMs: z.number(),
})

export function createLoginCookie({ isSecure, instanceId, secrets, now }: LoginCookieOptions): LoginCookie {
  const name = isSecure ? '__Host-gh-login' : `gh_login_${instanceId}`
  const used = new LRUCache<string, true>({ max: 10_000, ttl: maxAgeMs })
  return {
    name,
    isSecure,
    maxAgeMs,
    seal: (login) => seal(secrets()[0], JSON.stringify({ ...login, untilMs: now() + maxAgeMs })),
    take: (cookieHeader) => {
      const [value, another] = cookieValues(['cookie', cookieHeader ?? ''], name)
      // A sibling host may plant a second one.
      if (value === undefined || another !== undefined || value.length > sealedLimit) return undefined
      const login = parseLogin(
        secrets()
          .map((secret) => open(secret, value))
          .find((text) => text !== undefined),
      )
      if (login === undefined || now() >= login.untilMs || used.has(login.state)) return undefined
      used.set(login.state, true)
      return login
    },
  }
}

function keyOf({ value }: InstanceSecret): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', value, '', 'gatehouse login cookie', 32))
}

function seal(secret: InstanceSecret, text: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), iv, { authTagLength: tagBytes })
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
}

/** Undefined for what this secret did not seal. */
function open(secret: InstanceSecret, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length <= ivBytes + tagBytes) return undefined
  const cipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
  cipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  try {
    return Buffer.concat([cipher.update(bytes.subarray(ivBytes + tagBytes)), cipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

function parseLogin(text: string | undefined): (PendingLogin & { readonly untilMs: number }) | undefined {
  if (text === undefined) return undefined
  const { session, linkTo, ...rest } = shape.parse(JSON.parse(text))
  return { ...rest, session: session as SessionHash | null, linkTo: linkTo as UserId | null }
}
