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
  const nodes: Members = {}
  for (const node of graph.values()) {
    const replaced = options.replacements.get(node.id)
    const inputs: Members = {}
    for (const [name, input] of node.inputs) {
      define(inputs, name, replaced?.get(name) ?? printInput(input, options.nodePrefix))
    }
    for (const [name, value] of replaced ?? []) if (!node.inputs.has(name)) define(inputs, name, value)
    const rule = options.rules.get(node.id)
    if (rule === undefined) throw new TypeError('a node without a rule reached the rebuild')
    if (needsSalt(node, rule)) define(inputs, saltInput, options.salt)
    define(nodes, toUpstreamNodeId(options.nodePrefix, node.id), printNode(node, inputs))
  }
  return nodes
}

/** The graph as the client sent it, without what ComfyUI would not know either. */
export function rebuildOwn(graph: Graph): JsonObject {
  const nodes: Members = {}
  for (const node of graph.values()) {
    const inputs: Members = {}
    for (const [name, input] of node.inputs) define(inputs, name, printInput(input, ''))
    define(nodes, node.id, printNode(node, inputs))
  }
  return nodes
}

type Members = { [name: string]: Json }

/** Writing to `__proto__` would set the prototype; here it is an ordinary name. */
function define(members: Members, name: string, value: Json): void {
  if (name !== '__proto__') members[name] = value
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
}

function printNode(node: GraphNode, inputs: JsonObject): JsonObject {
  if (node.title === undefined) return { class_type: node.classType, inputs }
  return { class_type: node.classType, inputs, _meta: { title: node.title } }
}

function printInput(input: GraphInput, prefix: string): Json {
  if (input.kind === 'link') return [toUpstreamNodeId(prefix, input.from), input.slot]
  // A bare list would be taken for a link.
  return isArray(input.value) ? { __value__: input.value } : input.value
}
