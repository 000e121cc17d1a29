/** Does a prompt choose a model in a format that can carry code, which nobody has admitted? */
import type { ObjectInfo } from '../policy/world.ts'
import { isArray, textsIn } from '../transform/json-shape.ts'
import { matches } from './catalogue/admissions.ts'
import { declarationsOf } from './catalogue/input-facts.ts'
import type { NodeRule } from './catalogue/vocabulary.ts'
import { findPickledEmbedding, indexPickles, type NamedEmbeddings } from './embeddings.ts'
import type { FoldText } from './fold-text.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import { folderOfModel, isCoreFolder } from './model-folders.ts'
import { isPickleName } from './pickle-names.ts'
import type { NodeFault } from './refusal.ts'

export interface PickleContext {
  /** Patterns over `folder/name`, with `*` for any characters (`models.allow_pickles`). */
  readonly allowPickles: readonly string[]
  /** File names in ComfyUI's embeddings folder; a prompt text names them without their ending. */
  readonly embeddings: readonly string[]
}

interface Sources extends PickleContext {
  readonly graph: Graph
  readonly rules: ReadonlyMap<string, NodeRule>
  readonly objectInfo: ObjectInfo
  readonly fold: FoldText
}

/** Why nodes of a graph are refused for the models they name. */
export function findPickles(sources: Sources): readonly NodeFault[] {
  const isAdmitted = (folder: string, name: string) => isPickleAdmitted(sources.allowPickles, folder, name)
  const texts = { pickled: indexPickles(sources.embeddings), fold: sources.fold }
  const faults: NodeFault[] = []
  for (const node of sources.graph.values()) {
    const fields = sources.rules.get(node.id)?.fields
    for (const [inputName, input] of node.inputs) {
      const named = namesIn(input, sources.fold)
      const isModel =
        fields?.[inputName]?.kind === 'model' || (named.some(isPickleName) && isChoice(node, inputName, sources))
      const sentence = isModel
        ? firstOf(named, (name) => judgeModel(node, inputName, name, isAdmitted))
        : judgeTexts(input, texts, isAdmitted)
      if (sentence === undefined) continue
      faults.push({ nodeId: node.id, classType: node.classType, inputName, sentence: `${inputName}: ${sentence}` })
    }
  }
  return faults
}

/**
 * Whether a model of a list may be chosen in a field; `isModel` where the field is known to name models. What is not
 * offered is refused by `findPickles`.
 */
export function isOffered(
  patterns: readonly string[],
  field: { readonly classType: string; readonly inputName: string; readonly isModel: boolean },
  name: string,
): boolean {
  const folder = folderOfModel(field.classType, field.inputName)
  const isSuspect = field.isModel ? mayCarryCode(folder, name) : isPickleName(name)
  return !isSuspect || isPickleAdmitted(patterns, folder, name)
}

/** Whether a file of a model folder is listed. Packs look into folders of their own, whose fields count as `models`. */
export function isListed(patterns: readonly string[], folder: string, name: string): boolean {
  const isSuspect = isCoreFolder(folder) ? mayCarryCode(folder, name) : isPickleName(name)
  return !isSuspect || ['models', folder].some((one) => isPickleAdmitted(patterns, one, name))
}

/** Whether the operator takes the blame for a file. */
export function isPickleAdmitted(patterns: readonly string[], folder: string, name: string): boolean {
  return patterns.some((pattern) => matches(pattern, `${folder}/${name.replaceAll('\\', '/')}`))
}

// What torch.load unpickles (comfy.utils load_torch_file, sd1_clip load_embed): ComfyUI 0.33.0 asks it for weights
// only, which has been escaped from before; 0.3.64 did not where torch was old.
const safeEndings = /\.(?:safetensors|sft|gguf|onnx|yaml|yml|json|task)$/i
const hasEnding = /\.[^./\\]*$/

type IsAdmitted = (folder: string, name: string) => boolean

function judgeModel(node: GraphNode, inputName: string, name: string, isAdmitted: IsAdmitted): string | undefined {
  const folder = folderOfModel(node.classType, inputName)
  if (!mayCarryCode(folder, name) || isAdmitted(folder, name)) return undefined
  return folder === 'diffusers'
    ? `a folder of Diffusers can hold files that carry code. ${cure}`
    : `${shown(name)} is of a format that can carry code. Use the same model as .safetensors, or ask the operator to admit this one under models.allow_pickles.`
}

// load_diffusers takes diffusion_pytorch_model.bin and pytorch_model.bin where it finds no safetensors.
function mayCarryCode(folder: string, name: string): boolean {
  return folder === 'diffusers' || (hasEnding.test(name) && !safeEndings.test(name))
}

const cure = 'Load its parts as .safetensors, or ask the operator to admit it under models.allow_pickles.'

function shown(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}...`
}

/** Whether a field of any class chooses from a list, as those of the loaders of packs do. */
function isChoice(node: GraphNode, inputName: string, { objectInfo }: Sources): boolean {
  const info = objectInfo.classes.get(node.classType)
  return info !== undefined && declarationsOf(info, inputName).some(({ type }) => type === 'COMBO')
}

/** What an input chooses: one name or, where several may be chosen, a list of them. */
function namesIn(input: GraphInput, fold: FoldText): readonly string[] {
  if (input.kind === 'literal' && isArray(input.value)) return input.value.filter((name) => typeof name === 'string')
  // A constant that is connected chooses as one that is typed does: ComfyUI looks at typed values only.
  const name = fold(input)
  return name === undefined ? [] : [name]
}

function firstOf<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

/** Any text can end in a text encoder, so that each is read as one. */
function judgeTexts(
  input: GraphInput,
  { pickled, fold }: { readonly pickled: NamedEmbeddings; readonly fold: FoldText },
  isAdmitted: IsAdmitted,
): string | undefined {
  for (const text of input.kind === 'literal' ? textsIn(input.value) : [fold(input) ?? '']) {
    const found = findPickledEmbedding(text, pickled, (name) => isAdmitted('embeddings', name))
    if (found !== undefined) {
      return `the embedding ${shown(found)} is of a format that can carry code. Use it as .safetensors, or ask the operator to admit it under models.allow_pickles.`
    }
  }
  return undefined
}
