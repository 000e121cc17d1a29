/** Does a prompt choose a model that the role may not use? */
import type { JsonObject } from '@gatehouse/shared/json'
import type { ObjectInfo } from '../policy/world.ts'
import { isArray, textsIn } from '../transform/json-shape.ts'
import { isCoreModule } from './catalogue/core-classes.ts'
import { declarationsOf } from './catalogue/input-facts.ts'
import type { FieldRule, NodeRule } from './catalogue/vocabulary.ts'
import { findNamedEmbedding, indexEmbeddings, type NamedEmbeddings } from './embeddings.ts'
import type { FoldText } from './fold-text.ts'
import type { Graph, GraphInput, GraphNode } from './graph.ts'
import { folderOfModel } from './model-folders.ts'
import type { NodeFault } from './refusal.ts'
import { isModelAllowed, isModelAllowedAnywhere, limitsModels, type ModelRules } from './role-rules.ts'

interface Sources {
  readonly graph: Graph
  readonly rules: ReadonlyMap<string, NodeRule>
  readonly objectInfo: ObjectInfo
  readonly fold: FoldText
  readonly models: ModelRules
  /** File names in ComfyUI's embeddings folder. */
  readonly embeddings: readonly string[]
}

/** Why nodes of a graph are refused for models that the role may not use. */
export function findRefusedModels(sources: Sources): readonly NodeFault[] {
  const { graph, models, fold } = sources
  if (!limitsModels(models)) return []
  const refused = indexEmbeddings(sources.embeddings.filter((name) => !isModelAllowed(models, 'embeddings', name)))
  const faults: NodeFault[] = []
  for (const node of graph.values()) {
    const info = sources.objectInfo.classes.get(node.classType)
    const fields = sources.rules.get(node.id)?.fields ?? {}
    for (const [inputName, input] of node.inputs) {
      const sentence =
        info !== undefined && choosesModel(info, fields, inputName)
          ? judgeChoice(node, inputName, { info, input, fold, models })
          : judgeTexts(input, fold, refused)
      if (sentence === undefined) continue
      faults.push({ nodeId: node.id, classType: node.classType, inputName, sentence: `${inputName}: ${sentence}` })
    }
  }
  return faults
}

/** Whether an input names models: by the catalogue, or because it is a list of files that nobody has described otherwise. */
export function choosesModel(
  info: JsonObject,
  fields: Readonly<Record<string, FieldRule>>,
  inputName: string,
): boolean {
  const rule = Object.hasOwn(fields, inputName) ? fields[inputName] : undefined
  if (rule !== undefined) return rule.kind === 'model'
  return declarationsOf(info, inputName).some(
    ({ type, kind, flags }) => type === 'COMBO' && kind === 'file' && flags.length === 0,
  )
}

/** Whether a model may be chosen in an input of a class. Where the loaders of packs look, only they know. */
export function mayChoose(models: ModelRules, field: Field, name: string): boolean {
  const folder = folderOfModel(field.classType, field.inputName)
  const isKnown = folder !== 'models' && isCoreModule(field.info.python_module)
  return (isKnown ? isModelAllowed : isModelAllowedAnywhere)(models, folder, name)
}

interface Field {
  readonly info: JsonObject
  readonly classType: string
  readonly inputName: string
}

interface Choice {
  readonly info: JsonObject
  readonly input: GraphInput
  readonly fold: FoldText
  readonly models: ModelRules
}

function judgeChoice(node: GraphNode, inputName: string, { info, input, fold, models }: Choice): string | undefined {
  const names = namesIn(input, fold)
  if (names === undefined)
    return 'what is connected here is known only while the prompt runs. Choose a model in the node.'
  const refused = names.find((name) => !mayChoose(models, { info, classType: node.classType, inputName }, name))
  return refused === undefined ? undefined : mayNotUse(refused)
}

/** undefined where a link leads to what is known only at run time. */
function namesIn(input: GraphInput, fold: FoldText): readonly string[] | undefined {
  if (input.kind === 'link') {
    const name = fold(input)
    return name === undefined ? undefined : [name]
  }
  const values = isArray(input.value) ? input.value : [input.value]
  return values.filter((name) => typeof name === 'string')
}

/** Any text can end in a text encoder, so that each is read as one. */
function judgeTexts(input: GraphInput, fold: FoldText, refused: NamedEmbeddings): string | undefined {
  for (const text of input.kind === 'literal' ? textsIn(input.value) : [fold(input) ?? '']) {
    const found = findNamedEmbedding(text, refused)
    if (found !== undefined) return mayNotUse(found)
  }
  return undefined
}

function mayNotUse(name: string): string {
  const shown = name.length <= 100 ? name : `${name.slice(0, 100)}...`
  return `your role may not use ${shown}. Choose one of the models that you are offered, or ask an administrator.`
}
