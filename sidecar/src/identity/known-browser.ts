/** Has this person been signed in with this browser before? A cookie of its own says so, and outlives the session. */
import { createHmac, randomBytes } from 'node:crypto'
import type { UserId } from '@gatehouse/shared/ids'
import type { InstanceSecret } from '../store/secrets.ts'
import { isSameDigest } from './constant-time.ts'
import { cookieValues } from './jwt/carriers.ts'

/**
 * Attack: somebody behind the same address guesses at a name until its owner has to wait. Whoever brings this cookie is
 * counted alone. It opens nothing, and without the secret of the instance nobody makes one.
 */
export interface KnownBrowser {
  readonly name: string
  readonly isSecure: boolean
  /** For who is signed in with it now. */
  mint(userId: UserId): string
  /** What tells this browser from others; undefined where it does not know this person. */
  read(cookieHeader: string | undefined, userId: UserId): string | undefined
}

export interface KnownBrowserOptions {
  readonly isSecure: boolean
  readonly instance: InstanceSecret
}

const shape = /^(?<id>[A-Za-z0-9_-]{22})\.(?<proof>[A-Za-z0-9_-]{43})$/

export function createKnownBrowser({ isSecure, instance }: KnownBrowserOptions): KnownBrowser {
  const name = isSecure ? '__Host-gh-known' : `gh_known_${instance.id}`
  const prove = (id: string, userId: UserId): string =>
    createHmac('sha256', instance.value).update(`known browser\0${id}\0${userId}`).digest('base64url')
  return {
    name,
    isSecure,
    mint: (userId) => {
      const id = randomBytes(16).toString('base64url')
      return `${id}.${prove(id, userId)}`
    },
    read: (cookieHeader, userId) => {
      const [value, another] = cookieValues(['cookie', cookieHeader ?? ''], name)
      // A sibling host may plant a second one.
      const groups = another === undefined ? shape.exec(value ?? '')?.groups : undefined
      if (groups?.id === undefined || groups.proof === undefined) return undefined
      return isSameDigest(prove(groups.id, userId), groups.proof) ? groups.id : undefined
    },
  }
}
