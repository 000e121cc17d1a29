/** Which constant text does a link lead to? So that a prefix from a text node is judged like one that was typed. */
import type { Json } from '@gatehouse/shared/json'
import { isCoreModule } from './catalogue/core-classes.ts'
import type { NormaliseContext } from './contract.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'

/** The text a link stands for; undefined when it is not made of literals alone. */
export type FoldText = (input: GraphInput) => string | undefined

// Nearly every field that is folded is a name, a prefix or an expression; longer results are not worth the doubling that
// a chain of StringConcatenate nodes is capable of.
const maxLength = 10_000

/** Folds links of one graph; each node is evaluated once. */
export function createFoldText(graph: Graph, objectInfo: NormaliseContext['objectInfo']): FoldText {
  const start = createFoldStart(graph, objectInfo, maxLength)
  return (input) => {
    const text = start(input)
    return input.kind === 'literal' || text === undefined || text.length <= maxLength ? text : undefined
  }
}

/** The same for longer texts: one with more than `longest` characters is cut behind the first one too many. */
export function createFoldStart(graph: Graph, objectInfo: NormaliseContext['objectInfo'], longest: number): FoldText {
  const known = new Map<string, string | undefined>()
  const fold: FoldText = (input) => {
    if (input.kind === 'literal') return typeof input.value === 'string' ? input.value : undefined
    const node = graph.get(input.from)
    if (node === undefined || input.slot !== 0 || !isCore(node)) return undefined
    if (known.has(node.id)) return known.get(node.id)
    // The links have no circle and no long chain: `findBadLinks` ran before.
    const text = evaluate(node)
    const kept = text !== undefined && text.length > longest ? text.slice(0, longest + 1) : text
    known.set(node.id, kept)
    return kept
  }
  const isCore = (node: GraphNode) => isCoreModule(pythonModule(objectInfo.classes.get(node.classType)?.python_module))
  const inputOf = (node: GraphNode, name: string) => {
    const input = node.inputs.get(name)
    return input === undefined ? undefined : fold(input)
  }
  const evaluate = (node: GraphNode): string | undefined => {
    if (node.classType === 'PrimitiveString' || node.classType === 'PrimitiveStringMultiline')
      return inputOf(node, 'value')
    if (node.classType === 'CustomCombo') return inputOf(node, 'choice')
    if (node.classType !== 'StringConcatenate') return undefined
    const [first, second, between] = [inputOf(node, 'string_a'), inputOf(node, 'string_b'), inputOf(node, 'delimiter')]
    return first === undefined || second === undefined || between === undefined ? undefined : first + between + second
  }
  return fold
}

function pythonModule(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
