/** What is written anew: the graph that ComfyUI gets, and the graph that the client sees later. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray } from '../transform/json-shape.ts'
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import type { Replacements } from './map-fields.ts'
import { toUpstreamNodeId } from './node-ids.ts'
import { needsSalt, saltInput } from './salt.ts'

export interface RebuildOptions {
  readonly nodePrefix: string
  readonly salt: string
  readonly rules: ReadonlyMap<string, NodeRule>
  readonly replacements: Replacements
}

/** The graph in ComfyUI's names, each node with its salt. */
export function rebuildUpstream(graph: Graph, options: RebuildOptions): JsonObject {
  const nodes = [...graph.values()].map((node) => {
    const replaced = options.replacements.get(node.id)
    const inputs = new Map<string, Json>()
    for (const [name, input] of node.inputs) inputs.set(name, printInput(input, options.nodePrefix))
    for (const [name, value] of replaced ?? []) inputs.set(name, value)
    const rule = options.rules.get(node.id)
    if (rule === undefined) throw new TypeError('a node without a rule reached the rebuild')
    if (needsSalt(node, rule)) inputs.set(saltInput, options.salt)
    return [toUpstreamNodeId(options.nodePrefix, node.id), printNode(node, inputs)] as const
  })
  return Object.fromEntries(nodes)
}

/** The graph as the client sent it, without what ComfyUI would not know either. */
export function rebuildOwn(graph: Graph): JsonObject {
  const nodes = [...graph.values()].map((node) => {
    const inputs = [...node.inputs].map(([name, input]) => [name, printInput(input, '')] as const)
    return [node.id, printNode(node, new Map(inputs))] as const
  })
  return Object.fromEntries(nodes)
}

function printNode(node: GraphNode, inputs: ReadonlyMap<string, Json>): JsonObject {
  const meta = node.title === undefined ? {} : { _meta: { title: node.title } }
  return { class_type: node.classType, inputs: Object.fromEntries(inputs), ...meta }
}

function printInput(input: GraphInput, prefix: string): Json {
  if (input.kind === 'link') return [toUpstreamNodeId(prefix, input.from), input.slot]
  // A bare list would be taken for a link.
  return isArray(input.value) ? { __value__: input.value } : input.value
}
