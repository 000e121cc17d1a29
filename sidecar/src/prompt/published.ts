/** Is a graph one that was published, in everything but the values of its open inputs? */
import type { Json, JsonNumber } from '@gatehouse/shared/json'
import type { ObjectInfo } from '../policy/world.ts'
import { runAtOnce } from '../transform/in-turns.ts'
import { isArray, isNumber, isObject } from '../transform/json-shape.ts'
import { declarationsOf } from './catalogue/input-facts.ts'
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import { parseGraph } from './parse-graph.ts'
import type { OpenInput, Published } from './published-graph.ts'

/** A stored prompt as a graph; undefined for what is none, which then nobody runs. */
export function parsePublished(prompt: Json): Graph | undefined {
  if (!isObject(prompt)) return undefined
  // It was rebuilt in own names before it was stored.
  const names = { ownJson: (value: Json) => value }
  const parsed = runAtOnce(parseGraph(prompt, { names, nodePrefix: '' }))
  return parsed.ok ? parsed.graph : undefined
}

export interface Match {
  readonly published: Published
  /** What was published, with the values of the open inputs put in. */
  readonly graph: Graph
}

/** The same nodes with the same links and literals; only values of open inputs differ, and are of the same kind. */
export function findPublished(graph: Graph, all: readonly Published[]): Match | undefined {
  for (const published of all) {
    const filled = fillIn(graph, published)
    if (filled !== undefined) return { published, graph: filled }
  }
  return undefined
}

function fillIn(graph: Graph, { graph: fixed, open }: Published): Graph | undefined {
  if (graph.size !== fixed.size) return undefined
  const opened = Map.groupBy(open, ({ node }) => node)
  const filled = new Map<string, GraphNode>()
  for (const node of fixed.values()) {
    const asked = graph.get(node.id)
    const names = new Set(opened.get(node.id)?.map(({ input }) => input))
    const inputs = asked?.classType === node.classType ? fillNode(asked, node, names) : undefined
    if (inputs === undefined) return undefined
    filled.set(node.id, { ...node, inputs })
  }
  return filled
}

function fillNode(
  asked: GraphNode,
  fixed: GraphNode,
  open: ReadonlySet<string>,
): ReadonlyMap<string, GraphInput> | undefined {
  if (asked.inputs.size !== fixed.inputs.size) return undefined
  const inputs = new Map<string, GraphInput>()
  for (const [name, input] of fixed.inputs) {
    const wanted = asked.inputs.get(name)
    if (wanted === undefined) return undefined
    if (open.has(name) ? !isSameKind(wanted, input) : !isSameInput(wanted, input)) return undefined
    inputs.set(name, wanted)
  }
  return inputs
}

function isSameInput(one: GraphInput, other: GraphInput): boolean {
  if (one.kind === 'link') return other.kind === 'link' && one.from === other.from && one.slot === other.slot
  return other.kind === 'literal' && isSameJson(one.value, other.value)
}

function isSameKind(one: GraphInput, other: GraphInput): boolean {
  return one.kind === 'literal' && other.kind === 'literal' && kindOf(one.value) === kindOf(other.value)
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (isNumber(value)) return 'number'
  return isArray(value) ? 'list' : typeof value
}

// Recursion is bounded by the nesting that `findExcess` has checked.
function isSameJson(one: Json, other: Json): boolean {
  if (kindOf(one) !== kindOf(other)) return false
  if (isNumber(one) && isNumber(other)) return numeral(one) === numeral(other)
  if (isArray(one) && isArray(other))
    return one.length === other.length && one.every((value, index) => isSameJson(value, other[index] ?? null))
  if (!isObject(one) || !isObject(other)) return one === other
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSameJson(one[name] ?? null, other[name] ?? null))
  )
}

/** 64-bit seeds keep all of their digits. */
function numeral(value: JsonNumber): string {
  return typeof value === 'number' ? String(value) : value.rawJSON
}

const plainTypes: ReadonlySet<string> = new Set(['STRING', 'INT', 'FLOAT', 'BOOLEAN'])

/** What stays open where the publisher names nothing: texts, numbers and switches that name no file, prefix or model. */
export function plainInputs(
  graph: Graph,
  rules: ReadonlyMap<string, NodeRule>,
  objectInfo: ObjectInfo,
): readonly OpenInput[] {
  return [...graph.values()].flatMap((node) => {
    const info = objectInfo.classes.get(node.classType)
    const fields = rules.get(node.id)?.fields ?? {}
    return [...node.inputs].flatMap(([name, input]): OpenInput[] => {
      const rule = Object.hasOwn(fields, name) ? fields[name] : undefined
      const declared = info === undefined ? [] : declarationsOf(info, name)
      const isPlain =
        input.kind === 'literal' &&
        (rule === undefined || rule.kind === 'text') &&
        declared.length > 0 &&
        declared.every(({ type, flags }) => plainTypes.has(type) && flags.length === 0)
      return isPlain ? [{ node: node.id, input: name }] : []
    })
  })
}

/** What could stay open at all. */
export function literalInputs(graph: Graph): readonly OpenInput[] {
  return [...graph.values()].flatMap(({ id, inputs }) =>
    [...inputs].flatMap(([name, { kind }]): OpenInput[] => (kind === 'literal' ? [{ node: id, input: name }] : [])),
  )
}
