/** How did a job end? Reads ComfyUI's history entry, and writes one for a job that ComfyUI lost. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { arrayOr, isArray, isObject, objectOr } from '../transform/json-shape.ts'
import { numberOf } from '../transform/lossless-json.ts'

export interface Outcome {
  readonly state: 'completed' | 'failed' | 'cancelled'
  /** Between first and last message; 0 when either is missing. */
  readonly durationMs: number
  readonly endedAtMs: number | undefined
}

/** The same reading as comfy_execution/jobs.py normalize_history_item @ 0.33.0. */
export function readOutcome(status: JsonObject): Outcome {
  let startedAtMs: number | undefined
  let endedAtMs: number | undefined
  let interrupted = false
  for (const [event, data] of messagePairs(status)) {
    const atMs = data.timestamp === undefined ? undefined : numberOf(data.timestamp)
    if (event === 'execution_start') startedAtMs = atMs
    if (!isFinalEvent(event)) continue
    endedAtMs = atMs
    if (event === 'execution_interrupted') interrupted = true
  }
  const failed = status.status_str === 'error'
  const durationMs = startedAtMs === undefined || endedAtMs === undefined ? 0 : endedAtMs - startedAtMs
  return { state: failed ? (interrupted ? 'cancelled' : 'failed') : 'completed', durationMs, endedAtMs }
}

export function isFinalEvent(event: string): boolean {
  return event === 'execution_success' || event === 'execution_error' || event === 'execution_interrupted'
}

/** Event and data of every message of a status. */
export function messagePairs(status: JsonObject): readonly (readonly [string, JsonObject])[] {
  return arrayOr(status.messages).flatMap((message) =>
    isArray(message) && typeof message[0] === 'string' && isObject(message[1])
      ? [[message[0], message[1]] as const]
      : [],
  )
}

/** Nodes whose result came from ComfyUI's cache: their files were written by another job. */
export interface CachedNodes {
  has(node: string): boolean
}

/** For a job whose `execution_cached` nobody heard: any node may have been cached. */
export const everyNode: CachedNodes = { has: () => true }

export function cachedNodes(status: JsonObject): CachedNodes {
  const cached = messagePairs(status).filter(([event]) => event === 'execution_cached')
  return cached.length === 0 ? everyNode : new Set(cached.flatMap(([, data]) => arrayOr(data.nodes).map(String)))
}

/** What frames told about a job, for when ComfyUI's history was cleared before it was read. */
export interface SeenFrames {
  readonly messages: readonly (readonly [string, JsonObject])[]
  readonly outputs: ReadonlyMap<string, JsonObject>
}

/** A history entry from frames alone; undefined when they do not tell how the job ended. */
export function entryFromFrames(seen: SeenFrames): JsonObject | undefined {
  const last = seen.messages.findLast(([event]) => isFinalEvent(event))
  if (last === undefined) return undefined
  const success = last[0] === 'execution_success'
  return {
    outputs: Object.fromEntries(seen.outputs),
    status: { status_str: success ? 'success' : 'error', completed: success, messages: seen.messages },
    meta: {},
  }
}

export interface Loss {
  readonly publicId: string
  readonly type: string
  readonly message: string
  readonly atMs: number
}

/** The status of a job that ended outside ComfyUI, in the form of an execution error. */
export function lostStatus({ publicId, type, message, atMs }: Loss): JsonObject {
  const data = {
    prompt_id: publicId,
    node_id: null,
    node_type: null,
    executed: [],
    exception_message: message,
    exception_type: type,
    traceback: [],
    current_inputs: {},
    current_outputs: [],
    timestamp: atMs,
  }
  return { status_str: 'error', completed: false, messages: [['execution_error', data]] }
}

/** Files that an own `outputs` names in the input and output folders. */
export function filesOf(
  outputs: JsonObject,
): readonly { root: 'input' | 'output'; subfolder: string; filename: string }[] {
  return Object.values(outputs).flatMap((output) =>
    Object.values(objectOr(output)).flatMap((items) => arrayOr(items).flatMap(savedFile)),
  )
}

function savedFile(item: Json): readonly { root: 'input' | 'output'; subfolder: string; filename: string }[] {
  if (!isObject(item) || typeof item.filename !== 'string' || (item.type !== 'output' && item.type !== 'input'))
    return []
  return [
    { root: item.type, subfolder: typeof item.subfolder === 'string' ? item.subfolder : '', filename: item.filename },
  ]
}
