/** Are two secrets the same, without telling by time how much of them is? */
import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256 as lower-case hex. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Compares digests, so that neither content nor length shows in the time. */
export function isSameSecret(left: string, right: string): boolean {
  const [a, b] = [left, right].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
