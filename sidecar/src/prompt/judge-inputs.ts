/** Does a node use an input that nobody classified, or write a value where only another node's result belongs? */
import type { JsonObject } from '@gatehouse/shared/json'
import { isCoreModule } from './catalogue/core-classes.ts'
import { type DeclaredInput, declarationsOf } from './catalogue/input-facts.ts'
import { isClassified } from './catalogue/plain-inputs.ts'
import { type FieldRule, type NodeRule, words } from './catalogue/vocabulary.ts'
import type { GraphInput, GraphNode } from './graph.ts'
import type { ClassVerdict } from './judge-class.ts'
import type { NodeFault } from './refusal.ts'

// Types that ComfyUI itself fills from nodes alone. ComfyUI passes a text for one on as it is, and there is code that
// opens an image that is a text as a file (comfy_api_nodes nodes_rodin.py, 0.33.0).
const sockets = new Set(
  words(`IMAGE MASK LATENT MODEL CLIP VAE CONDITIONING CONTROL_NET CLIP_VISION CLIP_VISION_OUTPUT STYLE_MODEL GLIGEN
  UPSCALE_MODEL AUDIO VIDEO SVG MESH VOXEL NOISE GUIDER SAMPLER`),
)

/** Why the inputs of a node are refused, before any field of it is looked at. */
export function judgeInputs(node: GraphNode, info: JsonObject, verdict: ClassVerdict): readonly NodeFault[] {
  const { rule, by } = verdict
  if (rule === undefined) return []
  const isCore = isCoreModule(info.python_module)
  // What an operator admitted is trusted with its own texts.
  const isTrusted = by === 'nodes.admit'
  const faults: NodeFault[] = []
  for (const [inputName, input] of node.inputs) {
    const declared = declarationsOf(info, inputName)
    const problem =
      socketProblem(declared, input, isCore) ??
      (isTrusted || declared.every((one) => isClassified(node.classType, rule, one)) ? undefined : unknownInput)
    if (problem === undefined) continue
    faults.push({ nodeId: node.id, classType: node.classType, inputName, sentence: `${inputName}: ${problem}` })
  }
  return faults
}

/** The rule for one node: fields whose name the client counts up, such as `images.*`, by the names it chose. */
export function ruleFor(node: GraphNode, known: NodeRule): NodeRule {
  const counted = Object.entries(known.fields).filter(([name]) => name.includes('*'))
  if (counted.length === 0) return known
  const fields = [...node.inputs.keys()].flatMap((inputName) =>
    counted.flatMap(([name, field]): [string, FieldRule][] => (isCounted(name, inputName) ? [[inputName, field]] : [])),
  )
  return { ...known, fields: { ...known.fields, ...Object.fromEntries(fields) } }
}

const unknownInput =
  'Gatehouse does not know this input and cannot tell whether it names a file. Leave it out, or ask the operator to describe it under nodes.admit.'

function socketProblem(declared: readonly DeclaredInput[], input: GraphInput, isCore: boolean): string | undefined {
  if (input.kind === 'link' || input.value === null || declared.length === 0) return undefined
  const isSocket = declared.every(({ kind, type }) => kind === 'socket' && (isCore || sockets.has(type)))
  return isSocket ? 'this input takes what another node makes. Connect a node to it.' : undefined
}

function isCounted(pattern: string, inputName: string): boolean {
  const wanted = pattern.split('.')
  const parts = inputName.split('.')
  return wanted.length === parts.length && wanted.every((part, index) => part === '*' || part === parts[index])
}
