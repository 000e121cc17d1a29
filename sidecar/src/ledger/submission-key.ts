/** Which submissions are the same one sent again? Those of one user under one idempotency key. */
import { createHash } from 'node:crypto'
import type { Principal } from '@gatehouse/shared/principal'
import type { Answer } from '../policy/answer.ts'
import { json } from '../policy/answer.ts'
import type { JobStore } from '../store/job-store.ts'
import { parseJson } from '../transform/lossless-json.ts'
import type { Clock } from './ports.ts'

/** A browser repeats a lost request within seconds, a program within hours. */
const keepMs = 24 * 60 * 60_000

export interface SubmissionKey {
  readonly hash: string
}

export function submissionKey(key: string | undefined): SubmissionKey | undefined {
  if (key === undefined || key === '') return undefined
  return { hash: createHash('sha256').update(key).digest('hex') }
}

/** Runs each submission once: those that come meanwhile get the same answer, later ones the stored one. */
export function createOnce({ store, clock }: { readonly store: JobStore; readonly clock: Clock }) {
  const running = new Map<string, Promise<Answer>>()
  return (principal: Principal, key: SubmissionKey | undefined, run: () => Promise<Answer>): Promise<Answer> => {
    if (key === undefined) return run()
    const id = `${principal.userId}:${key.hash}`
    const same = running.get(id)
    if (same !== undefined) return same
    const answer = storedOr(store, { principal, key, clock }, run).finally(() => running.delete(id))
    running.set(id, answer)
    return answer
  }
}

async function storedOr(
  store: JobStore,
  { principal, key, clock }: { principal: Principal; key: SubmissionKey; clock: Clock },
  run: () => Promise<Answer>,
): Promise<Answer> {
  await store.dropSubmissions(clock.nowMs() - keepMs)
  const stored = await store.submission(principal.userId, key.hash)
  return stored === undefined ? run() : json(parseJson(stored, { depth: 1_000 }))
}
