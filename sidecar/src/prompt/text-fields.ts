/** Is a text too long for a text encoder, or so deep that ComfyUI prints many times its length? */
import type { JsonObject } from '@gatehouse/shared/json'
import type { Stages } from '../transform/in-turns.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import { nestsWithin } from '../transform/scan-json.ts'
import { isCoreModule } from './catalogue/core-classes.ts'
import { declarationsOf, declaredInputs } from './catalogue/input-facts.ts'
import type { NormaliseContext } from './contract.ts'
import { createFoldStart, type FoldText } from './fold-text.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import type { NodeFault } from './refusal.ts'

type TextContext = Pick<NormaliseContext, 'objectInfo' | 'limits'>

// json.dump indents each line by two blanks for each level (nodes_text.py SaveText, 0.33.0).
const deepestJson = 32
const leastFolded = 10_000

/** Why nodes of a graph are refused for their texts, typed or made of connected constants. */
export function* findHeavyTexts(graph: Graph, { objectInfo, limits }: TextContext): Stages<readonly NodeFault[]> {
  const longest = limits.promptTextLength
  const longestFolded = Math.max(longest, leastFolded)
  const fold = createFoldStart(graph, objectInfo, longestFolded)
  const faults: NodeFault[] = []
  for (const node of graph.values()) {
    yield
    const info = objectInfo.classes.get(node.classType)
    if (info === undefined || !isCoreModule(info.python_module)) continue
    const fault = (inputName: string, sentence: string | undefined) => {
      if (sentence === undefined) return
      faults.push({ nodeId: node.id, classType: node.classType, inputName, sentence: `${inputName}: ${sentence}` })
    }
    for (const [name, input] of encodedTexts(node, info)) fault(name, encodedProblem(input, fold, longest))
    if (node.classType === 'SaveText') fault('text', savedProblem(node, fold, longestFolded))
  }
  return faults
}

/** The texts that a node of core gives to its text encoder. */
export function encodedTexts(node: GraphNode, info: JsonObject): readonly (readonly [string, GraphInput])[] {
  if (!isCoreModule(info.python_module)) return []
  if (!declaredInputs(info).some(({ type }) => type.split(',').includes('CLIP'))) return []
  return [...node.inputs].filter(([name]) => declarationsOf(info, name).some(({ kind }) => kind === 'text'))
}

function encodedProblem(input: GraphInput, fold: FoldText, longest: number): string | undefined {
  // ComfyUI writes out what is no text (execution.py validate_inputs, 0.33.0).
  if (isNested(input)) return 'the value must be a text.'
  const length = fold(input)?.length ?? 0
  return length > longest ? encoderReads(longest) : undefined
}

/** What a text encoder takes, with the cure. */
export function encoderReads(longest: number): string {
  return `a text encoder reads at most ${longest} characters. Use a shorter text, or ask the operator for more.`
}

function savedProblem(node: GraphNode, fold: FoldText, longestFolded: number): string | undefined {
  const [text, format] = [node.inputs.get('text'), node.inputs.get('format')]
  if (text === undefined || format === undefined || (fold(format) ?? 'json') !== 'json') return undefined
  if (isNested(text)) return 'the value must be a text.'
  if (text.kind === 'literal' && typeof text.value !== 'string') return undefined
  const known = fold(text)
  if (known === undefined) {
    return 'as json only constant text is saved; this is known only while the prompt runs. Choose another format.'
  }
  if (text.kind === 'link' && known.length > longestFolded) {
    return `as json at most ${longestFolded} connected characters are saved. Choose another format.`
  }
  const isDeep = !nestsWithin(known, deepestJson)
  return isDeep
    ? `as json a text has a closing bracket for each opening one, at most ${deepestJson} inside each other. Choose another format.`
    : undefined
}

function isNested(input: GraphInput): boolean {
  return input.kind === 'literal' && (isArray(input.value) || isObject(input.value))
}
