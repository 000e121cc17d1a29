/** Which core classes does nobody run unless an operator says so, and why? */
import { type Effect, type NodeRule, reads, rule, words, writes } from './vocabulary.ts'

interface Denied {
  readonly because: string
  readonly effects?: readonly Effect[]
  /** They count where an operator admits such a class all the same. */
  readonly fields?: NodeRule['fields']
}

function denied(table: string, { because, effects = [], fields = {} }: Denied): Readonly<Record<string, NodeRule>> {
  return Object.fromEntries(words(table).map((name) => [name, rule({ policy: 'denied', because, effects, fields })]))
}

function unbounded(table: string, because: string): Readonly<Record<string, NodeRule>> {
  return Object.fromEntries(words(table).map((name) => [name, rule({ policy: 'unbounded', because })]))
}

const findable = 'It saves a model where every other user of this server would find it.'

export const refusedNodes: Readonly<Record<string, NodeRule>> = {
  // folder_paths.py adds output/{checkpoints,clip,vae,diffusion_models,loras} to the shared search paths.
  ...denied('CheckpointSave ModelSave CLIPSave VAESave ImageOnlyCheckpointSave LoraSave', {
    because: findable,
    effects: ['writes elsewhere'],
    fields: { filename_prefix: writes('ComfyUI') },
  }),
  ...denied('SaveLoRA SaveLoRANode', {
    because: findable,
    effects: ['writes elsewhere'],
    fields: { prefix: writes('ComfyUI_trained_lora') },
  }),
  // nodes_dataset.py save_images_to_folder joins `filename_prefix` unchecked in overwrite mode.
  ...denied('SaveImageDataSetToFolder SaveImageTextDataSetToFolder', {
    because: 'It can write outside the output folder. Save the images with Save Image instead.',
    effects: ['writes elsewhere'],
    fields: { folder_name: writes('dataset'), filename_prefix: writes('image') },
  }),
  ...denied('SaveTrainingDataset LoadTrainingDataset', {
    because: 'It keeps its data sets in one folder that all users of this server share.',
    effects: ['writes elsewhere', 'lists a folder'],
    fields: { folder_name: writes('dataset') },
  }),
  ...denied('TrainLoraNode', {
    because: 'Training occupies the shared worker for hours, and its result cannot be kept apart.',
    effects: ['computes without bound'],
    fields: { existing_lora: { kind: 'model' } },
  }),
  // 0.3.64 joins `filename_prefix` unchecked into the temp folder.
  ...denied('LossGraphNode', {
    because: 'It belongs to training, which is not available here.',
    effects: ['writes previews', 'writes elsewhere'],
    fields: { filename_prefix: writes('loss_graph') },
  }),
  ...denied('GeminiInputFiles OpenAIInputFiles', {
    because:
      'It reads only files at the root of the shared input folder, where no user has files. Connect images or text to the partner node instead.',
    fields: { file: reads() },
  }),
  ...denied(
    `TencentTextToModelNode TencentImageToModelNode
    MeshyTextToModelNode MeshyRefineNode MeshyImageToModelNode MeshyMultiImageToModelNode MeshyRigModelNode
    MeshyAnimateModelNode MeshyTextureNode
    TripoTextToModelNode TripoImageToModelNode TripoMultiviewToModelNode TripoP1TextToModelNode TripoP1ImageToModelNode
    TripoP1MultiviewToModelNode TripoImportModelNode TripoTextureNode TripoRefineNode TripoRigNode TripoRetargetNode
    TripoConversionNode
    Rodin3D_Regular Rodin3D_Detail Rodin3D_Smooth Rodin3D_Sketch Rodin3D_Gen2 Rodin3D_Gen25_Image Rodin3D_Gen25_Text`,
    {
      because: 'It writes its result to the root of the shared output folder, where it cannot be told whose it is.',
      effects: ['talks to the network', 'writes elsewhere'],
    },
  ),
  // custom_nodes/example_node.py.example: installed under that name, it is whatever its owner made of it.
  ...denied('Example', {
    because: 'It is the example that authors of packs start from, so that only its owner knows what it does here.',
    effects: ['runs code'],
  }),
  ...unbounded(
    'RegexMatch RegexExtract RegexReplace',
    'A regular expression can occupy the shared worker for ever and cannot be interrupted.',
  ),
  ...unbounded('GLSLShader', 'A shader can occupy the shared graphics processor for ever and cannot be interrupted.'),
}
