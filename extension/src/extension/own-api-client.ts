/** What does the extension ask the sidecar? Who I am, and where my jobs stand. */
import { apiBase, type Me } from '@gatehouse/shared/own-api-contract'
import { parseMe } from '@gatehouse/shared/parse-me'
import type { QueuePosition } from '@gatehouse/shared/workflows-contract'

/** Longer than any answer, shorter than a person waits for a page. */
const patienceMs = 10_000

/** Undefined where no Gatehouse answers: the pack may be installed and switched off. */
export async function findMe(): Promise<Me | undefined> {
  return parseMe(await ask('/me'))
}

export async function findQueuePosition(): Promise<QueuePosition | undefined> {
  return parseQueuePosition(await ask('/queue'))
}

export function parseQueuePosition(value: unknown): QueuePosition | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [pending, running, ahead, startsInSeconds] = ['pending', 'running', 'ahead', 'startsInSeconds'].map(
    (name): unknown => Reflect.get(value, name),
  )
  if (typeof pending !== 'number' || typeof running !== 'number') return undefined
  return { pending, running, ahead: numberOrNull(ahead), startsInSeconds: numberOrNull(startsInSeconds) }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

async function ask(route: string): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(patienceMs)
    const response = await fetch(apiBase + route, { cache: 'no-store', signal })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined // the connection or the body was lost; the next event asks again
  }
}
