/** What does each node of a graph make, at most? One walk along the links, sources first. */

import type { ObjectInfo } from '../../policy/world.ts'
import { isArray, isNumber } from '../../transform/json-shape.ts'
import { numberOf as numberValue } from '../../transform/lossless-json.ts'
import type { Graph, GraphInput, GraphNode, Link } from '../graph.ts'
import { exactly, type Interval } from './interval.ts'
import { type Made, nothing } from './made.ts'
import { anything, type NumberHands, numberFrom, parsePlainNumber } from './numbers.ts'
import { printedLength } from './printed-length.ts'
import { makes } from './rules.ts'
import { longestConstant } from './rules-amounts.ts'

export interface Estimate {
  /** What a node is given. */
  readonly hands: NumberHands
  readonly made: Made
}

/** `accept` may cut what a node makes before others build on it, so that one mistake is told once. */
export type Accept = (node: GraphNode, hands: NumberHands, made: Made) => Made

/** Walks the graph; its links have no circle and no chain that is too long for recursion (`findBadLinks`). */
export function estimateGraph(graph: Graph, objectInfo: ObjectInfo, accept: Accept): ReadonlyMap<string, Estimate> {
  const known = new Map<string, Estimate>()
  // Each number once: an expression that uses its input twice would double the work with every node of a chain.
  const numbers = new Map<string, Interval>()
  const numberOf: NumberOf = ({ from, slot }) => {
    const place = `${slot} ${from}`
    const before = numbers.get(place)
    if (before !== undefined) return before
    const source = of(from)
    const number = source === undefined ? anything : numberFrom(source.hands, slot)
    numbers.set(place, number)
    return number
  }
  const of = (id: string): Estimate | undefined => {
    const before = known.get(id)
    const node = before === undefined ? graph.get(id) : undefined
    if (node === undefined) return before
    const typeOf = (link: Link) => outputType(objectInfo, graph.get(link.from), link.slot)
    const outputs = objectInfo.classes.get(node.classType)?.output
    const makesText = isArray(outputs) && outputs.includes('STRING')
    const hands = createHands(node, { of, numberOf, typeOf, makesText })
    const made = accept(node, hands, makes(hands))
    const estimate = { hands: { ...hands, made }, made }
    known.set(id, estimate)
    return estimate
  }
  for (const id of graph.keys()) of(id)
  return known
}

type NumberOf = (link: Link) => Interval

interface Sources {
  readonly of: (id: string) => Estimate | undefined
  readonly numberOf: NumberOf
  readonly typeOf: (link: Link) => string | undefined
  readonly makesText: boolean
}

function createHands(node: GraphNode, { of, numberOf, typeOf, makesText }: Sources): NumberHands {
  const arrived = new Map<string, Made>()
  for (const [name, input] of node.inputs) {
    const source = input.kind === 'link' ? of(input.from) : undefined
    if (input.kind === 'link' && source !== undefined) arrived.set(name, carried(source.made, typeOf(input)))
  }
  const sources = [...arrived.values()]
  const number = (name: string): Interval | undefined => numberIn(node.inputs.get(name), numberOf)
  return {
    classType: node.classType,
    fields: [...node.inputs.keys()],
    made: nothing,
    number,
    most: (name, fallback) => number(name)?.high ?? fallback,
    literal: (name) => literalText(node.inputs.get(name)),
    from: (name) => arrived.get(name),
    sources,
    widest: sources.reduce(widest, nothing),
    makesText,
    characters: (name) => arrived.get(name)?.characters ?? literalLength(node.inputs.get(name)),
    text: (name) => constantText(node.inputs.get(name)) ?? arrived.get(name)?.text,
  }
}

function numberIn(input: GraphInput | undefined, numberOf: NumberOf): Interval | undefined {
  if (input === undefined) return undefined
  if (input.kind === 'link') return numberOf(input)
  const { value } = input
  if (typeof value === 'boolean') return exactly(value ? 1 : 0)
  if (isNumber(value)) return exactly(numberValue(value) ?? Number.NaN)
  return typeof value === 'string' ? parsePlainNumber(value) : undefined
}

function literalLength(input: GraphInput | undefined): number {
  if (input?.kind !== 'literal') return 0
  return typeof input.value === 'string' ? input.value.length : printedLength(input.value)
}

function literalText(input: GraphInput | undefined): string | undefined {
  return input?.kind === 'literal' && typeof input.value === 'string' ? input.value : undefined
}

function constantText(input: GraphInput | undefined): string | undefined {
  const text = literalText(input)
  return text !== undefined && text.length <= longestConstant ? text : undefined
}

/** The most of each figure; the sides are known where all that have pictures agree. */
function widest(a: Made, b: Made): Made {
  const [more, less] = a.pixels >= b.pixels ? [a, b] : [b, a]
  const agree = less.pixels === 0 || (more.width === less.width && more.height === less.height)
  return {
    pixels: more.pixels,
    width: agree ? more.width : undefined,
    height: agree ? more.height : undefined,
    count: Math.max(a.count, b.count),
    items: Math.max(a.items, b.items),
    steps: Math.max(a.steps, b.steps),
    characters: Math.max(a.characters, b.characters),
    text: undefined,
    samples: Math.max(a.samples, b.samples),
    factor: Math.max(a.factor, b.factor),
  }
}

const pictureless = new Set(
  `MODEL CLIP VAE CONDITIONING CONTROL_NET STYLE_MODEL CLIP_VISION CLIP_VISION_OUTPUT UPSCALE_MODEL NOISE GUIDER SAMPLER
  SIGMAS HOOKS HOOK_KEYFRAMES INT FLOAT BOOLEAN STRING AUDIO LORA_MODEL MODEL_PATCH AUDIO_ENCODER GLIGEN COMBO`.split(
    /\s+/,
  ),
)

/** What a link of a type carries. A type that is not known carries everything but a schedule. */
function carried(made: Made, type: string | undefined): Made {
  const isOpen = type === undefined || !pictureless.has(type)
  const picture = isOpen ? made : nothing
  return {
    pixels: picture.pixels,
    width: picture.width,
    height: picture.height,
    count: picture.count,
    items: made.items,
    steps: type === 'SIGMAS' ? made.steps : 0,
    characters: isOpen || type === 'STRING' ? made.characters : 0,
    text: isOpen || type === 'STRING' ? made.text : undefined,
    samples: isOpen || type === 'AUDIO' ? made.samples : 0,
    factor: type === 'UPSCALE_MODEL' ? made.factor : 1,
  }
}

/** The type of an output, as `/object_info` has it. */
export function outputType(objectInfo: ObjectInfo, node: GraphNode | undefined, slot: number): string | undefined {
  const output = node === undefined ? undefined : objectInfo.classes.get(node.classType)?.output
  const type = isArray(output) ? output[slot] : undefined
  return typeof type === 'string' ? type : undefined
}
