/** Are two secrets the same, without telling by time how much of them is? */
import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 as lower-case hex. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** Compares digests of the two, so that neither content nor length shows in the time. */
export function isSameSecret(left: string, right: string): boolean {
  return isSameDigest(sha256Hex(left), sha256Hex(right))
}

/** For two digests or signatures, whose length everybody knows: the same without hashing them again. */
export function isSameDigest(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
