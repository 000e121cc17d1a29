/** Is a prompt small enough? Nesting, strings and lists of the whole body, and nodes and inputs of the graph. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Stages } from '../transform/in-turns.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import type { GraphLimits, Refusal } from './contract.ts'
import { refusePrompt } from './refusal.ts'

// Values between two pauses; a pause that is not needed costs nothing.
const stage = 20_000

/** Why `body` is too large; undefined when it is not. Must run before anything recurses into the body. */
export function* findExcess(body: Json, limits: GraphLimits): Stages<Refusal | undefined> {
  let level: Json[] = [body]
  let seen = 0
  for (let depth = 0; level.length > 0; depth++) {
    const next: Json[] = []
    for (const value of level) {
      const excess = findOwnExcess(value, limits)
      if (excess !== undefined) return excess
      const entries = entriesOf(value)
      if (entries.length > 0 && depth === limits.nesting) return tooMuch('nests values deeper', limits.nesting)
      for (const entry of entries) {
        if (++seen % stage === 0) yield
        if (typeof entry === 'object' && entry !== null) next.push(entry)
        else if (typeof entry === 'string' && entry.length > limits.stringLength) return findOwnExcess(entry, limits)
      }
    }
    level = next
  }
  return undefined
}

function entriesOf(value: Json): readonly Json[] {
  if (isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

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

function findOwnExcess(value: Json, limits: GraphLimits): Refusal | undefined {
  if (typeof value === 'string' && value.length > limits.stringLength) {
    return tooMuch('has a longer text', limits.stringLength)
  }
  if (isArray(value) && value.length > limits.listLength) return tooMuch('has a longer list', limits.listLength)
  return undefined
}

function tooMuch(what: string, limit: number): Refusal {
  return refusePrompt(`The prompt ${what} than the limit of ${limit}. Make it smaller, or ask the operator for more.`)
}
