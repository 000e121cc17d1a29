/** Which core classes load models, and by which of their inputs do they name them? */
import type { FieldRule, NodeRule } from './vocabulary.ts'
import { rule } from './vocabulary.ts'

const model: FieldRule = { kind: 'model' }

const table = `
  CheckpointLoaderSimple ckpt_name
  VAELoader vae_name
  LoraLoader lora_name
  CLIPLoader clip_name
  UNETLoader unet_name
  DualCLIPLoader clip_name1 clip_name2
  ControlNetLoader control_net_name
  DiffControlNetLoader control_net_name
  StyleModelLoader style_model_name
  CLIPVisionLoader clip_name
  unCLIPCheckpointLoader ckpt_name
  GLIGENLoader gligen_name
  CheckpointLoader config_name ckpt_name
  DiffusersLoader model_path
  LoraLoaderModelOnly lora_name
  HypernetworkLoader hypernetwork_name
  UpscaleModelLoader model_name
  ImageOnlyCheckpointLoader ckpt_name
  PhotoMakerLoader photomaker_model_name
  TripleCLIPLoader clip_name1 clip_name2 clip_name3
  CreateHookLora lora_name
  CreateHookLoraModelOnly lora_name
  CreateHookModelAsLora ckpt_name
  CreateHookModelAsLoraModelOnly ckpt_name
  QuadrupleCLIPLoader clip_name1 clip_name2 clip_name3 clip_name4
  ModelPatchLoader name
  AudioEncoderLoader audio_encoder_name
  LatentUpscaleModelLoader model_name
  LTXVAudioVAELoader ckpt_name
  LTXAVTextEncoderLoader text_encoder ckpt_name
  LoraLoaderBypass lora_name
  LoraLoaderBypassModelOnly lora_name
  LoadBackgroundRemovalModel bg_removal_name
  FrameInterpolationModelLoader model_name
  OpticalFlowLoader model_name
  LoadMoGeModel model_name
  LoadMediaPipeFaceLandmarker model_name
  LoadDA3Model model_name
`

/** `Class input ...` per line: the inputs name models; the class is shared by tenants while its inputs are literal. */
export const modelLoaders: Readonly<Record<string, NodeRule>> = Object.fromEntries(
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...inputs] = line.trim().split(' ')
      return [name, rule({ fields: Object.fromEntries(inputs.map((input) => [input, model])), loader: true })]
    }),
)
