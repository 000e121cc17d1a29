/** What goes upstream in the fields that name files, prefixes and models? */
import type { Json } from '@gatehouse/shared/json'
import type { ObjectInfo } from '../policy/world.ts'
import { isArray } from '../transform/json-shape.ts'
import type { FieldRule, NodeRule } from './catalogue/vocabulary.ts'
import type { NormaliseContext } from './contract.ts'
import { createFoldText, type FoldText } from './fold-text.ts'
import type { Graph, GraphInput, GraphNode, Link } from './graph.ts'
import { findHeavyLyrics, findUnsafeExpression, findUnsafeFormat } from './language-fields.ts'
import { findBadModelName } from './model-fields.ts'
import { type FieldVerdict, mapRead } from './read-fields.ts'
import type { NodeFault } from './refusal.ts'
import { mapWrite } from './write-fields.ts'

/** What replaces inputs of nodes on their way upstream: node id to input name to value. */
export type Replacements = ReadonlyMap<string, ReadonlyMap<string, Json>>

export interface MappedFields {
  readonly replacements: Replacements
  readonly faults: readonly NodeFault[]
}

interface Judge {
  readonly context: NormaliseContext
  readonly graph: Graph
  readonly fold: FoldText
}

/** Judges every field that a rule names; `rules` has the rule of each node. */
export function mapFields(graph: Graph, rules: ReadonlyMap<string, NodeRule>, context: NormaliseContext): MappedFields {
  const judge: Judge = { context, graph, fold: createFoldText(graph, context.objectInfo) }
  const replacements = new Map<string, Map<string, Json>>()
  const faults: NodeFault[] = []
  for (const node of graph.values()) {
    const values = new Map<string, Json>()
    for (const [inputName, rule] of Object.entries(rules.get(node.id)?.fields ?? {})) {
      const verdict = mapField(node.inputs.get(inputName), rule, judge)
      if (verdict === 'unchanged') continue
      if (verdict.ok) values.set(inputName, verdict.value)
      else
        faults.push({
          nodeId: node.id,
          classType: node.classType,
          inputName,
          sentence: `${inputName}: ${verdict.sentence}`,
        })
    }
    replacements.set(node.id, values)
  }
  return { replacements, faults }
}

function mapField(input: GraphInput | undefined, rule: FieldRule, judge: Judge): FieldVerdict | 'unchanged' {
  if (input === undefined) {
    // A class may have a default of its own, at the root of the shared folder.
    return rule.kind === 'write' ? mapWrite('', rule.fallback, judge.context.folderKey) : 'unchanged'
  }
  if (rule.kind === 'text') return 'unchanged'
  if (input.kind === 'literal') return mapValue(input.value, rule, judge.context)
  if (rule.kind === 'read' && rule.links === 'refuse') {
    return refuse('this field cannot be connected. Choose one of your own files in the node itself.')
  }
  if (rule.kind === 'read' && rule.links === 'text' && isTextOutput(input, judge)) return 'unchanged'
  const text = judge.fold(input)
  if (text !== undefined) return mapValue(text, rule, judge.context)
  return refuse(
    rule.kind === 'read' && rule.links === 'text'
      ? 'connect a text, or show the model with Preview 3D (Advanced) or Save 3D Model.'
      : 'what is connected here is known only while the prompt runs. Connect constant text, or type it into the node.',
  )
}

function mapValue(
  value: Json,
  rule: Exclude<FieldRule, { readonly kind: 'text' }>,
  context: NormaliseContext,
): FieldVerdict {
  switch (rule.kind) {
    case 'read':
      return mapRead(value, rule, context)
    case 'write':
      return mapWrite(value, rule.fallback, context.folderKey)
    case 'model':
      return judgeText(value, findBadModelName)
    case 'python-format':
      return judgeText(value, findUnsafeFormat)
    case 'math-expression':
      return judgeText(value, findUnsafeExpression)
    case 'lyrics':
      return judgeText(value, findHeavyLyrics)
    default:
      return rule satisfies never
  }
}

function judgeText(value: Json, findFault: (text: string) => string | undefined): FieldVerdict {
  if (typeof value !== 'string') return refuse('the value must be a text.')
  const fault = findFault(value)
  return fault === undefined ? { ok: true, value } : refuse(fault)
}

function refuse(sentence: string): FieldVerdict {
  return { ok: false, sentence }
}

function isTextOutput(link: Link, judge: Judge): boolean {
  return outputTypes(judge.context.objectInfo, judge.graph.get(link.from))[link.slot] === 'STRING'
}

function outputTypes(objectInfo: ObjectInfo, node: GraphNode | undefined): readonly Json[] {
  const output = node === undefined ? undefined : objectInfo.classes.get(node.classType)?.output
  return isArray(output) ? output : []
}
