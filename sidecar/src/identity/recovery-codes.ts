/** What helps somebody who lost the second factor? Ten codes, shown once, each good once, of which only hashes are kept. */
import { randomText } from '../store/random-id.ts'
import { sha256Hex } from './constant-time.ts'

/** Without letters and digits that read alike: 10 of 31 are 49 bits, tried against a back-off. */
const alphabet = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'
const length = 10
const count = 10

export interface MintedCodes {
  /** `XXXXX-XXXXX`, shown once, then gone. */
  readonly codes: readonly string[]
  readonly hashes: readonly string[]
}

export function mintRecoveryCodes(userId: string): MintedCodes {
  const texts = Array.from({ length: count }, () => randomText(alphabet, length))
  return {
    codes: texts.map((text) => `${text.slice(0, 5)}-${text.slice(5)}`),
    hashes: texts.map((text) => recoveryCodeHash(userId, text)),
  }
}

/** Undefined for what cannot be one. */
export function parseRecoveryCode(text: string): string | undefined {
  const bare = text.trim().toUpperCase().replaceAll(/[\s-]/g, '')
  return bare.length === length && [...bare].every((letter) => alphabet.includes(letter)) ? bare : undefined
}

export function recoveryCodeHash(userId: string, bare: string): string {
  return sha256Hex(`recovery ${userId} ${bare}`)
}
