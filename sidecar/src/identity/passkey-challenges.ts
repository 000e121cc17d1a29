/** Did we ask for this very signature, lately, for this purpose, and for the first time? Nothing is kept of those nobody answers. */
import { createHmac, randomBytes } from 'node:crypto'
import { isSameDigest } from './constant-time.ts'

/** `login`: a passkey alone; `confirm`: beside a password or a session; `register`: a new one of the person named. */
export type PasskeyPurpose = 'login' | 'confirm' | 'register'

export interface PasskeyChallenges {
  /** The bytes of a new one, good for five minutes. */
  mint(purpose: PasskeyPurpose, subject?: string): Buffer<ArrayBuffer>
  /** Whether the challenge (base64url) is one of ours, of this purpose and person, not yet over and not yet used. */
  isOpen(challenge: string, purpose: PasskeyPurpose, subject?: string): boolean
  /** Uses it up; false when somebody was faster. */
  use(challenge: string): boolean
}

const openForMs = 5 * 60_000
const nonceBytes = 16
const timeBytes = 6
const proofBytes = 32

/** The key lives in this process alone: nothing that was asked before a restart is answered after it. */
export function createPasskeyChallenges({ now }: { readonly now: () => number }): PasskeyChallenges {
  const key = randomBytes(32)
  /** Until when each has to be remembered. Only whoever proved something uses one up. */
  const used = new Map<string, number>()
  const prove = (body: Buffer, purpose: PasskeyPurpose, subject: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}\0${subject}\0`).update(body).digest()
  const endOf = (bytes: Buffer): number => bytes.readUIntBE(nonceBytes, timeBytes)
  return {
    mint: (purpose, subject = '') => {
      const body = Buffer.alloc(nonceBytes + timeBytes)
      randomBytes(nonceBytes).copy(body)
      body.writeUIntBE(now() + openForMs, nonceBytes, timeBytes)
      return Buffer.concat([body, prove(body, purpose, subject)])
    },
    isOpen: (challenge, purpose, subject = '') => {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== nonceBytes + timeBytes + proofBytes) return false
      const body = bytes.subarray(0, nonceBytes + timeBytes)
      const proof = bytes.subarray(nonceBytes + timeBytes).toString('hex')
      if (!isSameDigest(proof, prove(body, purpose, subject).toString('hex'))) return false
      return endOf(bytes) > now() && !used.has(bytes.toString('base64url'))
    },
    use: (challenge) => {
      const bytes = Buffer.from(challenge, 'base64url')
      const name = bytes.toString('base64url')
      for (const [old, endMs] of used) if (endMs <= now()) used.delete(old)
      if (used.has(name)) return false
      used.set(name, endOf(bytes))
      return true
    },
  }
}
