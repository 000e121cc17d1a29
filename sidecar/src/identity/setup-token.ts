/** Who may create the first owner? Whoever reads the console: a one-time token, of which only the hash is kept. */
import { randomBytes } from 'node:crypto'
import type { Setup } from '../store/store.ts'
import { sha256Hex } from './constant-time.ts'

/** A new token to print, replacing the one printed before; undefined when an owner exists. */
export async function mintSetupToken(setup: Setup): Promise<string | undefined> {
  if (!(await setup.isNeeded())) return undefined
  const token = randomBytes(24).toString('base64url')
  await setup.putTokenHash(setupTokenHash(token))
  return token
}

/** What the store knows a token by. */
export function setupTokenHash(token: string): string {
  return sha256Hex(token)
}
