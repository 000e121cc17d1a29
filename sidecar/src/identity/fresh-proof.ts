/** How well was somebody proven, and how long ago? What a role and a dangerous action ask for. */
import type { Identity } from '@gatehouse/shared/principal'
import type { SessionRecord } from '../store/store.ts'

/** Milliseconds for which a proof is good for what could do lasting harm from a desk somebody walked away from. */
const freshProofMs = 10 * 60_000

export function isFreshProof({ provenAtMs }: Pick<Identity, 'provenAtMs'>, nowMs: number): boolean {
  return nowMs - provenAtMs <= freshProofMs
}

/** Of a proof of the person by one factor alone. */
export const oneFactor = { isByOneFactor: true } as const

/** A session that a key opened is worth what the key is, which was made by somebody who was proven well enough. */
export function oneFactorOf({
  factor,
  apiKeyId,
}: Pick<SessionRecord, 'factor' | 'apiKeyId'>): Partial<typeof oneFactor> {
  return factor === null && apiKeyId === null ? oneFactor : {}
}
