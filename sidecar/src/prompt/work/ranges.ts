/** Does a number stay in the range that its class declares? ComfyUI looks at typed numbers only, and not at NaN. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { ObjectInfo } from '../../policy/world.ts'
import { isArray, isNumber, isObject } from '../../transform/json-shape.ts'
import { numberOf } from '../../transform/lossless-json.ts'
import type { GraphInput, GraphNode } from '../graph.ts'
import type { NodeFault } from '../refusal.ts'
import type { Hands } from './made.ts'

/** What is wrong with the numbers of a node. */
export function findNumberFaults(node: GraphNode, hands: Hands, objectInfo: ObjectInfo): readonly NodeFault[] {
  const faults: NodeFault[] = []
  for (const [inputName, most] of rangesOf(objectInfo.classes.get(node.classType))) {
    const input = node.inputs.get(inputName)
    const sentence = input === undefined ? undefined : judge(inputName, input, hands, most)
    if (sentence === undefined) continue
    faults.push({ nodeId: node.id, classType: node.classType, inputName, sentence: `${inputName}: ${sentence}` })
  }
  return faults
}

function judge(name: string, input: GraphInput, hands: Hands, most: number): string | undefined {
  if (input.kind === 'literal') return isOddNumber(input.value) ? 'write a plain, finite number.' : undefined
  // execution.py validate_inputs (0.33.0) compares with min and max only what is no link: a connected 2**40 is a width.
  const connected = hands.number(name)
  if (connected === undefined || !Number.isFinite(connected.high) || connected.high <= most) return undefined
  return `what is connected here can be ${connected.high}, and the largest that this field takes is ${most}.`
}

// float('nan') is neither smaller than min nor larger than max; int('1_0') and other digits are numbers to Python.
function isOddNumber(value: Json): boolean {
  if (isNumber(value)) return !Number.isFinite(numberOf(value))
  return typeof value === 'string' && /nan|inf|_|[^\t-\r -~]/i.test(value)
}

const known = new WeakMap<JsonObject, ReadonlyMap<string, number>>()

/** The largest value of each INT and FLOAT input of a class, by the name it has in a prompt. */
function rangesOf(info: JsonObject | undefined): ReadonlyMap<string, number> {
  if (info === undefined) return new Map()
  const before = known.get(info)
  if (before !== undefined) return before
  const ranges = new Map<string, number>()
  collect(info.input, '', ranges, 0)
  known.set(info, ranges)
  return ranges
}

// Dynamic combos nest; four levels are more than core has.
const maxNesting = 4

function collect(input: Json | undefined, prefix: string, ranges: Map<string, number>, depth: number): void {
  if (!isObject(input) || depth > maxNesting) return
  for (const section of [input.required, input.optional]) {
    if (!isObject(section)) continue
    for (const [name, spec] of Object.entries(section)) {
      if (!isArray(spec)) continue
      const [type, rest] = spec
      const options = isObject(rest) ? rest : {}
      if (type === 'INT' || type === 'FLOAT') {
        const most = numberOf(options.max ?? null) ?? Number.POSITIVE_INFINITY
        // Two choices of a combo may have an input of the same name.
        ranges.set(prefix + name, Math.max(most, ranges.get(prefix + name) ?? most))
      }
      for (const option of isArray(options.options) ? options.options : []) {
        if (isObject(option)) collect(option.inputs, `${prefix}${name}.`, ranges, depth + 1)
      }
    }
  }
}
