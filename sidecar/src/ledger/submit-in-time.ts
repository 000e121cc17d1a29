/** Does a prompt come too soon after the others? Asked before its body is read, so that a flood costs next to nothing. */
import type { Json } from '@gatehouse/shared/json'
import { policyHeader } from '../limits/prompt-rate.ts'
import type { Answer } from '../policy/answer.ts'
import type { LedgerParts } from './parts.ts'
import { tooManyPrompts } from './refusal.ts'
import { type Submission, submit } from './submit.ts'

interface UnreadSubmission extends Omit<Submission, 'body'> {
  readonly body: Json | (() => Promise<Json>)
}

/** Prompts that are refused later count, too: judging them is the work. */
export async function submitInTime(parts: LedgerParts, submission: UnreadSubmission): Promise<Answer> {
  const allowance = parts.takePromptTurn(submission.principal)
  if (!allowance.mayPost) return tooManyPrompts(allowance)
  const { body } = submission
  const answer = await submit(parts, { ...submission, body: typeof body === 'function' ? await body() : body })
  return { ...answer, headers: { ...answer.headers, ...policyHeader(allowance.rate) } }
}
