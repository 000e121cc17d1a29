/** In which of ComfyUI's model folders does a field of a core loader look? (folder_paths.py, 0.3.64 to 0.33.0) */

const byClass: Readonly<Record<string, string | undefined>> = {
  CLIPVisionLoader: 'clip_vision',
  UpscaleModelLoader: 'upscale_models',
  LatentUpscaleModelLoader: 'latent_upscale_models',
  FrameInterpolationModelLoader: 'frame_interpolation',
  OpticalFlowLoader: 'optical_flow',
  LoadMoGeModel: 'geometry_estimation',
  LoadDA3Model: 'geometry_estimation',
  LoadMediaPipeFaceLandmarker: 'detection',
}

const byInput: Readonly<Record<string, string | undefined>> = {
  ckpt_name: 'checkpoints',
  config_name: 'configs',
  vae_name: 'vae',
  lora_name: 'loras',
  existing_lora: 'loras',
  unet_name: 'diffusion_models',
  control_net_name: 'controlnet',
  style_model_name: 'style_models',
  gligen_name: 'gligen',
  hypernetwork_name: 'hypernetworks',
  photomaker_model_name: 'photomaker',
  audio_encoder_name: 'audio_encoders',
  bg_removal_name: 'background_removal',
  text_encoder: 'text_encoders',
  model_path: 'diffusers',
  name: 'model_patches',
}

/** The folder, for the patterns of `models.allow_pickles`; `models` where it is not known. */
export function folderOfModel(classType: string, inputName: string): string {
  if (Object.hasOwn(byClass, classType)) return byClass[classType] ?? 'models'
  if (/^clip_name\d?$/.test(inputName)) return 'text_encoders'
  return (Object.hasOwn(byInput, inputName) ? byInput[inputName] : undefined) ?? 'models'
}

const coreFolders = new Set([...Object.values(byClass), ...Object.values(byInput), 'embeddings', 'vae_approx'])

/** Whether core loaders look into a folder. */
export function isCoreFolder(folder: string): boolean {
  return coreFolders.has(folder)
}
