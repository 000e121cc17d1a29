/** Which session does a refresh token belong to, and is it the newest? `ghr_<family>_<turn>`: only the second half changes. */
import type { SessionHash } from '@gatehouse/shared/ids'
import { randomText } from '../store/random-id.ts'
import { sha256Hex } from './constant-time.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Each half 190 bits, so that one round of SHA-256 is enough at rest. */
const halfLength = 32
const shape = /^ghr_(?<family>[A-Za-z0-9]{32})_(?<turn>[A-Za-z0-9]{32})$/

export interface RefreshToken {
  /** Told once, then gone. */
  readonly text: string
  readonly family: string
  /** What the store knows the session by. */
  readonly session: SessionHash
  /** SHA-256 (hex) of the whole text. */
  readonly hash: string
}

/** The first of a family, or the next one. */
export function mintRefreshToken(family: string = randomText(alphabet, halfLength)): RefreshToken {
  return describe(`ghr_${family}_${randomText(alphabet, halfLength)}`, family)
}

export function parseRefreshToken(text: string): RefreshToken | undefined {
  const family = shape.exec(text)?.groups?.family
  return family === undefined ? undefined : describe(text, family)
}

function describe(text: string, family: string): RefreshToken {
  // A session id of a browser holds no colon: no cookie has the same hash.
  return { text, family, session: parseSessionHash(sha256Hex(`family:${family}`)), hash: sha256Hex(text) }
}

function parseSessionHash(text: string): SessionHash {
  return text as SessionHash
}
