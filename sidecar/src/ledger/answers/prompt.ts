/** How is a prompt queued, and how many are? server.py get_prompt, post_prompt @ 0.33.0. */
import { type Answer, json } from '../../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../../policy/canonical-request.ts'
import type { World } from '../../policy/world.ts'

export async function getPrompt(_request: CanonicalRequest, { jobs }: World): Promise<Answer> {
  const { pending, running } = await jobs.counts()
  return json({ exec_info: { queue_remaining: pending + running } })
}

export async function postPrompt(
  { headers }: CanonicalRequest,
  { jobs, limits }: World,
  body: RequestBody,
): Promise<Answer> {
  return jobs.submit(() => body.json(limits.maxJsonBytes), {
    idempotencyKey: headers.idempotencyKey,
    comfyUsageSource: headers.comfyUsageSource,
  })
}
