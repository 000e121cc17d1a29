/** What may a tenant see of ComfyUI's own refusal? Rebuilt from known error types and fields, in own names. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { withoutHostPaths } from '../transform/host-paths.ts'
import { isArray, isNumber, isObject } from '../transform/json-shape.ts'
import { stringifyJson } from '../transform/lossless-json.ts'
import { createOwnNames, type OwnNames, type OwnNamesOptions } from '../transform/own-names.ts'
import { toOwnNodeId } from './node-ids.ts'
import { member, textMember } from './own-member.ts'

export interface RefusalOptions extends OwnNamesOptions {
  /** Own temp name to upstream temp name, where the prompt was normalised with some. */
  readonly tempNames?: ReadonlyMap<string, string>
}

interface View {
  readonly names: OwnNames
  readonly nodePrefix: string
  readonly tempNames: ReadonlyMap<string, string>
}

// execution.py validate_prompt, validate_inputs; server.py post_prompt (0.33.0): what the UI shows of each is built
// from `details` and `extra_info`, so that an unknown type loses both.
const knownTypes: ReadonlySet<string> = new Set([
  'no_prompt',
  'invalid_prompt_id',
  'missing_node_type',
  'prompt_no_outputs',
  'prompt_outputs_failed_validation',
  'required_input_missing',
  'bad_linked_input',
  'return_type_mismatch',
  'invalid_input_type',
  'value_smaller_than_min',
  'value_bigger_than_max',
  'value_not_in_list',
  'custom_validation_failed',
  'dependency_cycle',
  'exception_during_inner_validation',
  'exception_during_validation',
])

/** ComfyUI's answer to a refused prompt: `{error, node_errors}`. */
export function ownRefusal(value: Json, options: RefusalOptions): JsonObject {
  const view = viewOf(options)
  const answer = isObject(value) ? value : {}
  const nodeErrors = nodeErrorsOf(member(answer, 'node_errors') ?? {}, view)
  const error = member(answer, 'error')
  if (error === undefined) return { node_errors: nodeErrors }
  return { error: ownTopError(isObject(error) ? error : {}, nodeErrors, view), node_errors: nodeErrors }
}

/** The `node_errors` of a refusal, or of an acceptance of only some outputs. */
export function ownNodeErrors(value: Json, options: RefusalOptions): JsonObject {
  return nodeErrorsOf(value, viewOf(options))
}

function viewOf(options: RefusalOptions): View {
  const { nodePrefix, tempNames = new Map<string, string>() } = options
  return { names: createOwnNames(options), nodePrefix, tempNames }
}

function nodeErrorsOf(value: Json, view: View): JsonObject {
  const entries = Object.entries(isObject(value) ? value : {}).flatMap(([id, entry]) => {
    const own = toOwnNodeId(view.nodePrefix, id)
    if (own === undefined || !isObject(entry)) return []
    const errors = listMember(entry, 'errors').flatMap((error) => (isObject(error) ? [ownError(error, view)] : []))
    const dependent = listMember(entry, 'dependent_outputs').flatMap((output) => ownId(output, view) ?? [])
    const classType = textMember(entry, 'class_type') ?? ''
    return [[own, { errors, dependent_outputs: dependent, class_type: classType }] as const]
  })
  return Object.fromEntries(entries)
}

// The details of the whole repeat those of the nodes, option lists included: they are made anew from what is left.
function ownTopError(error: JsonObject, nodeErrors: JsonObject, view: View): JsonObject {
  const own = ownError(error, view)
  if (own.type !== 'prompt_outputs_failed_validation' || own.details === '') return own
  const lines = Object.values(nodeErrors).flatMap((entry) =>
    (isObject(entry) ? listMember(entry, 'errors') : []).flatMap((nodeError) =>
      isObject(nodeError)
        ? [`${textMember(nodeError, 'message') ?? ''}: ${textMember(nodeError, 'details') ?? ''}`]
        : [],
    ),
  )
  return { ...own, details: lines.join('\n') }
}

function ownError(error: JsonObject, view: View): JsonObject {
  const type = textMember(error, 'type') ?? ''
  if (!knownTypes.has(type)) {
    return {
      type: 'exception_during_validation',
      message: 'Not accepted',
      details: 'ComfyUI refused it.',
      extra_info: {},
    }
  }
  const info = member(error, 'extra_info')
  const extraInfo = isObject(info) ? info : {}
  return {
    type,
    message: clean(textMember(error, 'message') ?? '', view),
    details: ownDetails(type, textMember(error, 'details') ?? '', extraInfo, view),
    extra_info: ownExtraInfo(type, extraInfo, view),
  }
}

// The details of these types print the option list or the whole value (execution.py, 0.33.0).
function ownDetails(type: string, details: string, info: JsonObject, view: View): string {
  const input = textMember(info, 'input_name') ?? ''
  if (type !== 'value_not_in_list' && type !== 'invalid_input_type') return clean(details, view)
  const received = stringifyJson(view.names.ownJson(member(info, 'received_value') ?? null)).slice(0, 200)
  const why = type === 'value_not_in_list' ? 'not in list' : 'is of the wrong type'
  return `${input}: ${clean(received, view)} ${why}`
}

const idFields = ['node_id', 'linked_node'] as const
const textFields = [
  'input_name',
  'class_type',
  'node_title',
  'received_type',
  'exception_message',
  'exception_type',
] as const

// No traceback and no input_config: both name host paths and what others have.
function ownExtraInfo(type: string, info: JsonObject, view: View): JsonObject {
  const kept: (readonly [string, Json])[] = []
  for (const field of textFields) {
    const value = member(info, field)
    if (value === null) kept.push([field, null])
    if (typeof value === 'string') kept.push([field, clean(value, view)])
  }
  for (const field of idFields) {
    const value = ownIds(member(info, field), view)
    if (value !== undefined) kept.push([field, value])
  }
  const cycle = listMember(info, 'cycle_nodes').flatMap((id) => ownId(id, view) ?? [])
  if (cycle.length > 0) kept.push(['cycle_nodes', cycle])
  if (Object.hasOwn(info, 'received_value'))
    kept.push(['received_value', ownReceived(info.received_value ?? null, view)])
  const limits = numberLimits(member(info, 'input_config'))
  if (limits !== undefined) kept.push(['input_config', limits])
  // What ComfyUI itself says of long lists.
  if (type === 'value_not_in_list') kept.push(['input_config', null])
  return Object.fromEntries(kept)
}

/** The type and range of a number input, from which the UI builds its sentence. */
function numberLimits(config: Json | undefined): Json | undefined {
  if (!isArray(config) || !isObject(config[1]) || (config[0] !== 'INT' && config[0] !== 'FLOAT')) return undefined
  const options = config[1]
  const range = ['min', 'max'].flatMap((name) => {
    const value = member(options, name)
    return value !== undefined && isNumber(value) ? [[name, value] as const] : []
  })
  return [config[0], Object.fromEntries(range)]
}

function ownReceived(value: Json, view: View): Json {
  const ids = ownIds(value, view)
  if (ids !== undefined) return ids
  const own = view.names.ownJson(value)
  return typeof own === 'string' ? clean(own, view) : own
}

/** A node id, or a link, in own ids; undefined when it is neither. */
function ownIds(value: Json | undefined, view: View): Json | undefined {
  if (!isArray(value)) return ownId(value, view)
  const id = ownId(value[0], view)
  const slot = value[1]
  return id !== undefined && typeof slot === 'number' && value.length === 2 ? [id, slot] : undefined
}

function ownId(value: Json | undefined, view: View): string | undefined {
  return typeof value === 'string' ? toOwnNodeId(view.nodePrefix, value) : undefined
}

function clean(text: string, view: View): string {
  let own = text
  for (const [ownName, upstreamName] of view.tempNames) own = own.replaceAll(upstreamName, () => ownName)
  return withoutHostPaths(view.names.ownText(own))
}

function listMember(object: JsonObject, name: string): readonly Json[] {
  const value = member(object, name)
  return isArray(value) ? value : []
}
