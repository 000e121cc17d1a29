/** How does a test talk to ComfyUI: JSON in and out, prompts, and waiting on conditions instead of time? */
import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from './target.ts'

/** What came as JSON, walked by key; `undefined` where nothing is. */
export type Parsed = unknown

const patienceMs = 15_000
const pollMs = 15

export async function getJson(target: Target, path: string): Promise<Parsed> {
  const answer = await fetch(target.url + path)
  return await answer.json()
}

export async function postJson(target: Target, path: string, body: unknown): Promise<{ status: number; body: Parsed }> {
  const answer = await fetch(target.url + path, { method: 'POST', body: JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** `at(value, 'a', 0, 'b')` is `value.a[0].b`, or undefined. */
export function at(value: Parsed, ...path: readonly (string | number)[]): Parsed {
  return path.reduce<Parsed>((found, key) => parseMember(found, key), value)
}

function parseMember(value: Parsed, key: string | number): Parsed {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined
}

export interface QueueOptions {
  readonly client_id?: unknown
  readonly number?: number
  readonly front?: boolean
  readonly prompt_id?: string
  readonly extra_data?: unknown
  readonly partial_execution_targets?: readonly string[]
}

export type Graph = Readonly<Record<string, unknown>>

/** Posts a prompt that must be accepted; its id. */
export async function queuePrompt(target: Target, prompt: Graph, options: QueueOptions = {}): Promise<string> {
  const { status, body } = await postJson(target, '/prompt', { prompt, ...options })
  if (status !== 200) throw new Error(`the prompt was refused: ${JSON.stringify(body)}`)
  return String(at(body, 'prompt_id'))
}

/** The history entry of a prompt, once it is there. */
export async function finished(target: Target, promptId: string): Promise<Parsed> {
  return await eventually(async () => at(await getJson(target, `/history/${promptId}`), promptId))
}

export async function runPrompt(target: Target, prompt: Graph, options: QueueOptions = {}): Promise<Parsed> {
  return await finished(target, await queuePrompt(target, prompt, options))
}

/** Asks again until the answer is neither undefined nor false. */
export async function eventually<T>(ask: () => Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== null && answer !== false) return answer
    if (Date.now() > deadline) throw new Error('the condition did not become true')
    await delay(pollMs)
  }
}

export async function queueIdle(target: Target): Promise<void> {
  await eventually(async () => at(await getJson(target, '/prompt'), 'exec_info', 'queue_remaining') === 0)
}
