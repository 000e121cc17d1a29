/** Which core classes does nobody run unless an operator says so, and why? */
import { type NodeRule, reads, rule, words, writes } from './vocabulary.ts'

// The fields count where an operator admits such a class all the same.
function denied(table: string, because: string, fields: NodeRule['fields'] = {}): Readonly<Record<string, NodeRule>> {
  return Object.fromEntries(words(table).map((name) => [name, rule({ policy: 'denied', because, fields })]))
}

function unbounded(table: string, because: string): Readonly<Record<string, NodeRule>> {
  return Object.fromEntries(words(table).map((name) => [name, rule({ policy: 'unbounded', because })]))
}

export const refusedNodes: Readonly<Record<string, NodeRule>> = {
  // folder_paths.py adds output/{checkpoints,clip,vae,diffusion_models,loras} to the shared search paths.
  ...denied(
    'CheckpointSave ModelSave CLIPSave VAESave ImageOnlyCheckpointSave LoraSave',
    'It saves a model where every other user of this server would find it.',
    { filename_prefix: writes('ComfyUI') },
  ),
  ...denied('SaveLoRA SaveLoRANode', 'It saves a model where every other user of this server would find it.', {
    prefix: writes('ComfyUI_trained_lora'),
  }),
  // nodes_dataset.py save_images_to_folder joins `filename_prefix` unchecked in overwrite mode.
  ...denied(
    'SaveImageDataSetToFolder SaveImageTextDataSetToFolder',
    'It can write outside the output folder. Save the images with Save Image instead.',
    { folder_name: writes('dataset'), filename_prefix: writes('image') },
  ),
  ...denied(
    'SaveTrainingDataset LoadTrainingDataset',
    'It keeps its data sets in one folder that all users of this server share.',
    { folder_name: writes('dataset') },
  ),
  ...denied('TrainLoraNode', 'Training occupies the shared worker for hours, and its result cannot be kept apart.', {
    existing_lora: { kind: 'model' },
  }),
  // 0.3.64 joins `filename_prefix` unchecked into the temp folder.
  ...denied('LossGraphNode', 'It belongs to training, which is not available here.', {
    filename_prefix: writes('loss_graph'),
  }),
  ...denied(
    'GeminiInputFiles OpenAIInputFiles',
    'It reads only files at the root of the shared input folder, where no user has files. Connect images or text to the partner node instead.',
    { file: reads() },
  ),
  ...denied(
    `TencentTextToModelNode TencentImageToModelNode
    MeshyTextToModelNode MeshyRefineNode MeshyImageToModelNode MeshyMultiImageToModelNode MeshyRigModelNode
    MeshyAnimateModelNode MeshyTextureNode
    TripoTextToModelNode TripoImageToModelNode TripoMultiviewToModelNode TripoP1TextToModelNode TripoP1ImageToModelNode
    TripoP1MultiviewToModelNode TripoImportModelNode TripoTextureNode TripoRefineNode TripoRigNode TripoRetargetNode
    TripoConversionNode
    Rodin3D_Regular Rodin3D_Detail Rodin3D_Smooth Rodin3D_Sketch Rodin3D_Gen2 Rodin3D_Gen25_Image Rodin3D_Gen25_Text`,
    'It writes its result to the root of the shared output folder, where it cannot be told whose it is.',
  ),
  ...unbounded(
    'RegexMatch RegexExtract RegexReplace',
    'A regular expression can occupy the shared worker for ever and cannot be interrupted.',
  ),
  ...unbounded('GLSLShader', 'A shader can occupy the shared graphics processor for ever and cannot be interrupted.'),
}
