/** Is a prompt small enough? Nesting, strings and lists of the whole body, and nodes and inputs of the graph. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Stages } from '../transform/in-turns.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { GraphLimits, Refusal } from './contract.ts'
import type { Graph } from './graph.ts'
import { refusePrompt } from './refusal.ts'

// Values between two pauses; a pause that is not needed costs nothing.
const stage = 20_000

/** Why `body` is too large; undefined when it is not. Must run before anything recurses into the body. */
export function* findExcess(body: Json, limits: GraphLimits): Stages<Refusal | undefined> {
  let level: Container[] = []
  if (typeof body === 'object' && body !== null) level.push(body)
  let seen = 0
  for (let depth = 0; level.length > 0; depth++) {
    const next: Container[] = []
    for (const value of level) {
      const entries: readonly Json[] = isArray(value) ? value : Object.values(value)
      if (entries === value && entries.length > limits.listLength)
        return tooMuch('has a longer list', limits.listLength)
      if (entries.length > 0 && depth === limits.nesting) return tooMuch('nests values deeper', limits.nesting)
      // By index: an iterator over each of the many short lists takes twice the time.
      for (let at = 0; at < entries.length; at++) {
        if (++seen % stage === 0) yield
        const entry = entries[at]
        if (typeof entry === 'object' && entry !== null) next.push(entry)
        else if (typeof entry === 'string' && entry.length > limits.stringLength) {
          return tooMuch('has a longer text', limits.stringLength)
        }
      }
    }
    level = next
  }
  return undefined
}

type Container = Extract<Json, object>

/** Why a graph has too much in it; undefined when it has not. */
export function findGraphExcess(prompt: JsonObject, limits: GraphLimits): Refusal | undefined {
  const nodes = Object.values(prompt)
  if (nodes.length > limits.nodes) return tooMuch('has more nodes', limits.nodes)
  for (const node of nodes) {
    const inputs = isObject(node) ? node.inputs : undefined
    if (isObject(inputs) && Object.keys(inputs).length > limits.inputsPerNode) {
      return tooMuch('has a node with more inputs', limits.inputsPerNode)
    }
  }
  return undefined
}

/**
 * Why a prompt names too many files; undefined when it does not. ComfyUI lists the root of its input folder for each
 * node that reads from there, and nobody gets an answer meanwhile (execution.py validate_inputs, INPUT_TYPES of
 * LoadImage, 0.33.0: 160 ms beside 10,000 files); then it hashes each file, of nodes that do not run as well (IS_CHANGED).
 */
export function findManyFiles(
  graph: Graph,
  rules: ReadonlyMap<string, NodeRule>,
  limits: GraphLimits,
): Refusal | undefined {
  let count = 0
  for (const [id, { inputs }] of graph) {
    for (const [inputName, rule] of Object.entries(rules.get(id)?.fields ?? {})) {
      const input = inputs.get(inputName)
      if (rule.kind === 'read' && input !== undefined) count += input.kind === 'link' ? 1 : namesIn(input.value)
    }
  }
  return count > limits.files ? tooMuch('names more files', limits.files) : undefined
}

/**
 * Why too many nodes show something. ComfyUI tells of each that fails which others failed before it, and is away for
 * seconds where a thousand do (execution.py validate_prompt, 0.33.0).
 */
export function findManyOutputs(outputs: readonly string[], limits: GraphLimits): Refusal | undefined {
  return outputs.length > limits.outputs ? tooMuch('runs more nodes that show or save', limits.outputs) : undefined
}

function namesIn(value: Json): number {
  if (isArray(value)) return value.length
  return isObject(value) ? Object.values(value).filter((member) => typeof member === 'string').length : 1
}

function tooMuch(what: string, limit: number): Refusal {
  return refusePrompt(`The prompt ${what} than the limit of ${limit}. Make it smaller, or ask the operator for more.`)
}
