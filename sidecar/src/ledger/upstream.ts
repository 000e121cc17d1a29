/** What does the ledger ask of ComfyUI? Its queue, its history, and nothing on behalf of a caller. */
import type { UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { isObject } from '../transform/json-shape.ts'

/** How requests reach ComfyUI; the forwarder adds the guard's headers. Both throw when no answer comes. */
export interface Upstream {
  /** `owner`: on whose behalf, where it is somebody's. */
  postJson(path: string, body: string, owner?: UserId): Promise<{ readonly status: number; readonly text: string }>
  getJson(path: string): Promise<{ readonly status: number; readonly value: Json }>
}

export interface QueueSnapshot {
  readonly running: ReadonlySet<string>
  readonly pending: ReadonlySet<string>
}

export interface UpstreamQueue {
  post(body: string, owner: UserId): Promise<{ readonly status: number; readonly text: string }>
  /** @throws comfyui_down */
  snapshot(): Promise<QueueSnapshot>
  /** The history entry of a finished prompt. @throws comfyui_down */
  historyEntry(id: string): Promise<JsonObject | undefined>
  /** Takes waiting prompts out; ComfyUI does not say which of them still waited. @throws comfyui_down */
  deletePending(ids: readonly string[]): Promise<void>
  /** Stops a prompt whether it waits or runs, and never another one. @throws comfyui_down */
  cancel(id: UpstreamPromptId): Promise<void>
}

export function createUpstreamQueue(upstream: Upstream): UpstreamQueue {
  const snapshot = async (): Promise<QueueSnapshot> => {
    const { status, value } = await answered(() => upstream.getJson('/queue'))
    if (status !== 200 || !isObject(value)) throw nonsense('/queue', status)
    return { running: promptIds(value.queue_running), pending: promptIds(value.queue_pending) }
  }
  const deletePending = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return
    const { status } = await answered(() => upstream.postJson('/queue', JSON.stringify({ delete: ids })))
    if (status !== 200) throw nonsense('/queue', status)
  }
  return {
    post: (body, owner) => upstream.postJson('/prompt', body, owner),
    snapshot,
    deletePending,
    historyEntry: async (id) => {
      const { status, value } = await answered(() => upstream.getJson(`/history/${encodeURIComponent(id)}`))
      if (status !== 200 || !isObject(value)) throw nonsense('/history', status)
      const entry = value[id]
      return isObject(entry) ? entry : undefined
    },
    cancel: async (id) => {
      // From 0.26: atomic, so that it cannot hit the prompt that starts next (PromptQueue.interrupt_if_running).
      const { status } = await answered(() => upstream.postJson(`/api/jobs/${encodeURIComponent(id)}/cancel`, '{}'))
      if (status === 200) return
      if (status !== 404 && status !== 405) throw nonsense('/api/jobs/cancel', status)
      await deletePending([id])
      const { running } = await snapshot()
      // Never without an id: an empty body stops whatever runs, whoever owns it (server.py post_interrupt).
      if (running.has(id)) await answered(() => upstream.postJson('/interrupt', JSON.stringify({ prompt_id: id })))
    },
  }
}

/** A queue item is `[number, prompt_id, prompt, extra_data, outputs]` (server.py get_queue). */
function promptIds(items: Json | undefined): ReadonlySet<string> {
  if (!Array.isArray(items)) throw nonsense('/queue', 200)
  return new Set(items.flatMap((item) => (Array.isArray(item) && typeof item[1] === 'string' ? [item[1]] : [])))
}

async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw cause instanceof GatehouseError ? cause : new GatehouseError('comfyui_down', { cause })
  }
}

function nonsense(path: string, status: number): GatehouseError {
  return new GatehouseError('comfyui_down', { detail: `unexpected answer ${status} from ${path}` })
}
