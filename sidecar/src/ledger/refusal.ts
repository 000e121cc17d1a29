/** How does the ledger refuse a prompt? In the form in which the stock UI shows `error.message` (ComfyApp.queuePrompt). */
import { type Allowance, refusalHeaders } from '../limits/prompt-rate.ts'
import { type Answer, json } from '../policy/answer.ts'

export function refusal(
  status: number,
  type: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return json({ error: { type, message, details: message, extra_info: {} }, node_errors: {} }, status, headers)
}

export function comfyuiDown(): Answer {
  return refusal(
    503,
    'comfyui_down',
    'ComfyUI does not answer. The prompt was not queued; try again when it is back.',
    {
      'Retry-After': '5',
    },
  )
}

export function mayNotRun(): Answer {
  return refusal(403, 'forbidden', 'You may not run prompts any more. Ask an administrator.')
}

export function tooManyJobs(maxPendingCount: number): Answer {
  return refusal(
    429,
    'too_many_jobs',
    `You have ${maxPendingCount} jobs waiting, which is as many as your role allows. Wait for one to start, or remove one from the queue.`,
  )
}

export function tooManyPrompts(allowance: Allowance): Answer {
  const { rate, waitSeconds } = allowance
  const wait = waitSeconds === 1 ? 'a second' : `${waitSeconds} seconds`
  return refusal(
    429,
    'too_many_prompts',
    `You may queue ${rate.perMinute} ${rate.perMinute === 1 ? 'prompt' : 'prompts'} per minute, and ${rate.burst} at once. This one was not queued; try again in ${wait}.`,
    refusalHeaders(allowance),
  )
}
