/** How does an event of ComfyUI's look to the owner of its job? Rebuilt field by field; what is unknown stays behind. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { withoutHostPaths } from './host-paths.ts'
import { arrayOr, isArray, isNumber, isObject, objectOr } from './json-shape.ts'

/** How the names of one job's tenant differ from ComfyUI's. */
export interface FrameNames {
  /** The id the owner knows the job by. */
  readonly publicId: string
  /** The own id of a node; undefined for a node of anybody else's. */
  ownNode(upstreamNode: string): string | undefined
  ownText(text: string): string
  /** Whether the owner may hear that the node's result was cached: not where another tenant's would serve. */
  tellsCached(upstreamNode: string): boolean
  /** A `ui` dictionary of one node in own names. */
  ownOutput(upstreamNode: string, output: JsonObject): JsonObject
}

export const executionEvents = [
  'execution_start',
  'execution_cached',
  'executing',
  'progress',
  'progress_state',
  'executed',
  'execution_success',
  'execution_error',
  'execution_interrupted',
] as const
export type ExecutionEvent = (typeof executionEvents)[number]

/** The event called `type`; undefined for a type that belongs to no job or that nobody knows. */
export function parseExecutionEvent(type: Json | undefined): ExecutionEvent | undefined {
  return executionEvents.find((known) => known === type)
}

/** The event's data for the job's owner; undefined when it names a node of anybody else's. */
export function ownEventData(event: ExecutionEvent, data: JsonObject, names: FrameNames): JsonObject | undefined {
  const prompt_id = names.publicId
  switch (event) {
    case 'execution_start':
    case 'execution_success':
      return { prompt_id, ...timestamp(data) }
    case 'execution_cached':
      return {
        nodes: ownNodes(withoutShared(data.nodes, names), names),
        prompt_id,
        ...timestamp(data),
      }
    case 'executing':
      return executing(data, names)
    case 'progress':
      return progress(data, names)
    case 'progress_state':
      return { prompt_id, nodes: progressNodes(objectOr(data.nodes), names) }
    case 'executed':
      return executed(data, names)
    case 'execution_error':
      return executionError(data, names)
    case 'execution_interrupted':
      return { ...failedNode(data, names), ...timestamp(data) }
  }
}

/** `messages` of a history entry's status: pairs of event and data. */
export function ownMessages(messages: readonly Json[], names: FrameNames): readonly Json[] {
  return messages.flatMap((message) => {
    if (!isArray(message)) return []
    const event = parseExecutionEvent(message[0])
    const data = event === undefined ? undefined : ownEventData(event, objectOr(message[1]), names)
    return event === undefined || data === undefined ? [] : [[event, data]]
  })
}

/** `meta` of a history entry: node id to node ids. */
export function ownMeta(meta: JsonObject, names: FrameNames): JsonObject {
  return mapNodes(meta, names, (value) => ({
    node_id: nodeOrNull(value.node_id, names),
    display_node: nodeOrNull(value.display_node, names),
    parent_node: nodeOrNull(value.parent_node, names),
    real_node_id: nodeOrNull(value.real_node_id, names),
  }))
}

/** Metadata of a preview (binary type 4); undefined when it is about a node of anybody else's. */
export function ownPreviewMetadata(metadata: JsonObject, names: FrameNames): JsonObject | undefined {
  const node_id = nodeOrNull(metadata.node_id, names)
  if (node_id === null) return undefined
  return {
    node_id,
    prompt_id: names.publicId,
    display_node_id: nodeOrNull(metadata.display_node_id, names),
    parent_node_id: nodeOrNull(metadata.parent_node_id, names),
    real_node_id: nodeOrNull(metadata.real_node_id, names),
    image_type: metadata.image_type === 'image/png' ? 'image/png' : 'image/jpeg',
  }
}

/** Text of ComfyUI's or of a node's, without the server's folders and the tenant's key. */
export function ownMessageText(text: string, names: Pick<FrameNames, 'ownText'>): string {
  return withoutHostPaths(names.ownText(text))
}

/** Every text inside `value`, keys included, in own names. */
export function ownValue(value: Json, names: Pick<FrameNames, 'ownText'>): Json {
  if (typeof value === 'string') return ownMessageText(value, names)
  if (isArray(value)) return value.map((item) => ownValue(item, names))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [ownMessageText(key, names), ownValue(item, names)]),
  )
}

function executing(data: JsonObject, names: FrameNames): JsonObject | undefined {
  if (data.node === null) return { node: null, prompt_id: names.publicId }
  const node = nodeOrNull(data.node, names)
  if (node === null) return undefined
  return { node, display_node: nodeOrNull(data.display_node, names) ?? node, prompt_id: names.publicId }
}

function progress(data: JsonObject, names: FrameNames): JsonObject | undefined {
  const node = nodeOrNull(data.node, names)
  if (node === null) return undefined
  return { value: numberOr(data.value), max: numberOr(data.max), prompt_id: names.publicId, node }
}

function progressNodes(nodes: JsonObject, names: FrameNames): JsonObject {
  return mapNodes(nodes, names, (value, node_id) => ({
    value: numberOr(value.value),
    max: numberOr(value.max),
    state: typeof value.state === 'string' ? value.state : 'running',
    node_id,
    prompt_id: names.publicId,
    display_node_id: nodeOrNull(value.display_node_id, names) ?? node_id,
    parent_node_id: nodeOrNull(value.parent_node_id, names),
    real_node_id: nodeOrNull(value.real_node_id, names) ?? node_id,
  }))
}

function executed(data: JsonObject, names: FrameNames): JsonObject | undefined {
  const node = nodeOrNull(data.node, names)
  if (node === null || typeof data.node !== 'string') return undefined
  return {
    node,
    display_node: nodeOrNull(data.display_node, names) ?? node,
    output: isObject(data.output) ? names.ownOutput(data.node, data.output) : null,
    prompt_id: names.publicId,
  }
}

/** The traceback holds nothing but the server's folders and other packs' code: it stays behind. */
function executionError(data: JsonObject, names: FrameNames): JsonObject {
  return {
    ...failedNode(data, names),
    exception_message: textOr(data.exception_message, names),
    exception_type: typeof data.exception_type === 'string' ? data.exception_type : 'Exception',
    traceback: [],
    current_inputs: isObject(data.current_inputs) ? ownValue(data.current_inputs, names) : [],
    current_outputs: ownNodes(data.current_outputs, names),
    ...timestamp(data),
  }
}

function failedNode(data: JsonObject, names: FrameNames): JsonObject {
  return {
    prompt_id: names.publicId,
    node_id: nodeOrNull(data.node_id, names),
    node_type: typeof data.node_type === 'string' ? data.node_type : null,
    executed: ownNodes(withoutShared(data.executed, names), names),
  }
}

function mapNodes(
  nodes: JsonObject,
  names: FrameNames,
  rebuild: (value: JsonObject, ownNode: string) => JsonObject,
): JsonObject {
  return Object.fromEntries(
    Object.entries(nodes).flatMap(([id, value]) => {
      const own = names.ownNode(id)
      return own === undefined ? [] : [[own, rebuild(objectOr(value), own)]]
    }),
  )
}

/** `current_outputs` lists what is in ComfyUI's cache, other tenants' nodes included: only own ones pass. */
function ownNodes(nodes: Json | undefined, names: FrameNames): readonly string[] {
  return arrayOr(nodes).flatMap((node) => nodeOrNull(node, names) ?? [])
}

/** A model that another tenant loaded is cached, and is not run again: neither list may tell which it was. */
function withoutShared(nodes: Json | undefined, names: FrameNames): readonly Json[] {
  return arrayOr(nodes).filter((node) => typeof node === 'string' && names.tellsCached(node))
}

function nodeOrNull(node: Json | undefined, names: FrameNames): string | null {
  return typeof node === 'string' ? (names.ownNode(node) ?? null) : null
}

function numberOr(value: Json | undefined): Json {
  return isNumber(value) ? value : 0
}

function textOr(value: Json | undefined, names: FrameNames): string {
  return typeof value === 'string' ? ownMessageText(value, names) : ''
}

function timestamp(data: JsonObject): JsonObject {
  return isNumber(data.timestamp) ? { timestamp: data.timestamp } : {}
}
