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
  const nodes: Member[] = []
  for (const node of graph.values()) {
    const replaced = options.replacements.get(node.id)
    const inputs: Member[] = []
    for (const [name, input] of node.inputs) {
      inputs.push([name, replaced?.get(name) ?? printInput(input, options.nodePrefix)])
    }
    for (const member of replaced ?? []) if (!node.inputs.has(member[0])) inputs.push(member)
    const rule = options.rules.get(node.id)
    if (rule === undefined) throw new TypeError('a node without a rule reached the rebuild')
    if (needsSalt(node, rule)) inputs.push([saltInput, options.salt])
    nodes.push([toUpstreamNodeId(options.nodePrefix, node.id), printNode(node, inputs)])
  }
  return Object.fromEntries(nodes)
}

/** The graph as the client sent it, without what ComfyUI would not know either. */
export function rebuildOwn(graph: Graph): JsonObject {
  const nodes: Member[] = []
  for (const node of graph.values()) {
    const inputs: Member[] = []
    for (const [name, input] of node.inputs) inputs.push([name, printInput(input, '')])
    nodes.push([node.id, printNode(node, inputs)])
  }
  return Object.fromEntries(nodes)
}

// Object.fromEntries defines its keys, so that `__proto__` stays an ordinary one.
type Member = readonly [name: string, value: Json]

function printNode(node: GraphNode, members: readonly Member[]): JsonObject {
  const inputs = Object.fromEntries(members)
  if (node.title === undefined) return { class_type: node.classType, inputs }
  return { class_type: node.classType, inputs, _meta: { title: node.title } }
}

function printInput(input: GraphInput, prefix: string): Json {
  if (input.kind === 'link') return [toUpstreamNodeId(prefix, input.from), input.slot]
  // A bare list would be taken for a link.
  return isArray(input.value) ? { __value__: input.value } : input.value
}
