/** Is this a graph? Rebuilds each node from the keys ComfyUI knows; everything else is left behind. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Stages } from '../transform/in-turns.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import type { OwnNames } from '../transform/own-names.ts'
import type { Refusal } from './contract.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import { toOwnNodeId } from './node-ids.ts'
import { member, textMember } from './own-member.ts'
import { type NodeFault, refuseAsComfyUI, refuseNodes, refusePrompt } from './refusal.ts'
import { saltInput } from './salt.ts'

export interface ParseGraphContext {
  readonly names: Pick<OwnNames, 'ownJson'>
  readonly nodePrefix: string
}

type Problem = (nodeId: string, classType: string, sentence: string, inputName?: string) => void

/** The nodes of `prompt`, with the tenant's own key, prefix and salt removed from a graph that ComfyUI saved. */
export function* parseGraph(
  prompt: JsonObject,
  context: ParseGraphContext,
): Stages<{ readonly ok: true; readonly graph: Graph } | Refusal> {
  const graph = new Map<string, GraphNode>()
  const faults: NodeFault[] = []
  const report: Problem = (nodeId, classType, sentence, inputName) => {
    faults.push({ nodeId, classType, sentence, ...(inputName === undefined ? {} : { inputName }) })
  }
  for (const [rawId, value] of Object.entries(prompt)) {
    const id = toOwnNodeId(context.nodePrefix, rawId) ?? rawId
    if (!isName(id)) return refusePrompt('A node id must be 1 to 128 characters without control characters.')
    if (graph.has(id)) return refusePrompt(`Two nodes have the id ${id}. Give each node an id of its own.`)
    const node = isObject(value) ? value : {}
    const classType = textMember(node, 'class_type')
    const title = titleOf(node)
    if (classType === undefined) return missingClass(id, title)
    const inputs = parseInputs(member(node, 'inputs') ?? {}, context, (sentence, name) =>
      report(id, classType, sentence, name),
    )
    graph.set(id, { id, classType, title, inputs })
    yield
  }
  return faults.length > 0 ? refuseNodes(faults) : { ok: true, graph }
}

/** Whether a string may be a node id or the name of an input. */
function isName(text: string): boolean {
  return text !== '' && text.length <= 128 && !/[\p{Cc}\p{Cs}]/u.test(text)
}

function titleOf(node: JsonObject): string | undefined {
  const meta = member(node, '_meta')
  return isObject(meta) ? textMember(meta, 'title') : undefined
}

// execution.py validate_prompt (0.33.0): the same answer for a node without a class.
function missingClass(id: string, title: string | undefined): Refusal {
  const name = title ?? `ID #${id}`
  return refuseAsComfyUI(
    'missing_node_type',
    `Node '${name}' has no class_type. The workflow may be corrupted or a custom node is missing.`,
    `Node ID '#${id}'`,
    { node_id: id, class_type: null, node_title: title ?? null },
  )
}

// A node without `inputs` kills ComfyUI's worker (caching.py get_ordered_ancestry_internal): it becomes one with none.
function parseInputs(
  inputs: Json,
  context: ParseGraphContext,
  report: (sentence: string, inputName?: string) => void,
): ReadonlyMap<string, GraphInput> {
  const parsed = new Map<string, GraphInput>()
  if (!isObject(inputs)) {
    report('The inputs of a node must be an object.')
    return parsed
  }
  for (const [name, value] of Object.entries(inputs)) {
    if (name === saltInput) continue
    if (!isName(name)) {
      report('The name of an input must be 1 to 128 characters without control characters.')
      continue
    }
    const input = parseInput(value, context)
    if (typeof input === 'string') report(`${name}: ${input}`, name)
    else parsed.set(name, input)
  }
  return parsed
}

// execution.py validate_inputs unwraps `{"__value__": v}` in place, after which a list of two is a link again.
function parseInput(value: Json, context: ParseGraphContext): GraphInput | string {
  if (isArray(value)) return parseLink(value, context)
  const inner = isObject(value) ? member(value, '__value__') : undefined
  if (inner === undefined) return { kind: 'literal', value: context.names.ownJson(value) }
  if (isObject(inner) && Object.hasOwn(inner, '__value__')) return 'wrap the value in __value__ once.'
  if (isArray(inner) && inner.length === 2 && typeof inner[0] === 'string' && typeof inner[1] !== 'string') {
    return 'a link cannot be wrapped in __value__.'
  }
  return { kind: 'literal', value: context.names.ownJson(inner) }
}

function parseLink(value: readonly Json[], context: ParseGraphContext): GraphInput | string {
  const [from, slot] = value
  const isLink = value.length === 2 && typeof from === 'string' && typeof slot === 'number'
  if (!isLink || !Number.isInteger(slot) || slot < 0 || slot > 1000) {
    return 'a list must be a link [node id, output number], or be wrapped in {"__value__": [...]}.'
  }
  return { kind: 'link', from: toOwnNodeId(context.nodePrefix, from) ?? from, slot }
}
