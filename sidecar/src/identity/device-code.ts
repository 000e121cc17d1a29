/** What does a device show that wants to come in with a code, and what does it keep? Random texts, kept as hashes. */
import { randomBytes, randomInt } from 'node:crypto'
import { sha256Hex } from './constant-time.ts'

/** Milliseconds for all of it: showing the code, comparing the number and coming in. */
export const deviceLinkMs = 2 * 60_000

/** 128 bits. */
export function mintDeviceCode(): string {
  return randomBytes(16).toString('base64url')
}

export function mintDeviceClaim(): { readonly claim: string; readonly number: string } {
  return { claim: randomBytes(24).toString('base64url'), number: String(randomInt(10_000)).padStart(4, '0') }
}

/** What the store knows either by. */
export function deviceHash(text: string): string {
  return sha256Hex(text)
}
