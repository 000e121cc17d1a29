/** Which core classes read or write files, and by which of their inputs? comfyui-surface 4.3 and 4.4, from ComfyUI 0.3.64 and 0.33.0. */
import { type NodeRule, reads, rule, words, writes } from './vocabulary.ts'

const upload = reads()
// load_3d.py: the recorded views are members of an object, opened by LoadImage.
const scene = reads({
  shape: 'nested',
  members: ['image', 'mask', 'normal', 'recording'],
  keeps: ['camera_info', 'model_3d_info'],
  none: [''],
})
const model3d = reads({ none: ['', 'none'] })
const viewport = { viewport_state: scene }
// dataset.py: no annotation; the whole folder and one level below it are read.
const dataset = reads({ target: 'folder', annotated: false, links: 'fold' })
// load_3d.py Preview3D shows the string itself: a link from a string output carries nothing that is opened, but a
// 3D object would be written to the root of the output folder, which belongs to nobody.
const shown = reads({ root: 'output', annotated: false, links: 'text', none: [''] })

export const fileReaders: Readonly<Record<string, NodeRule>> = {
  LoadImage: rule({ fields: { image: upload } }),
  LoadImageMask: rule({ fields: { image: upload } }),
  LoadImageOutput: rule({ fields: { image: upload } }),
  WebcamCapture: rule({ fields: { image: upload } }),
  LoadLatent: rule({ fields: { latent: upload } }),
  LoadAudio: rule({ fields: { audio: upload } }),
  RecordAudio: rule({ fields: { audio: upload } }),
  LoadVideo: rule({ fields: { file: upload } }),
  Painter: rule({ fields: { mask: reads({ links: 'fold', none: [''] }) }, previews: true }),
  Load3D: rule({ fields: { model_file: model3d, image: scene } }),
  Load3DAnimation: rule({ fields: { model_file: model3d, image: scene } }),
  Load3DAdvanced: rule({ fields: { model_file: model3d, ...viewport } }),
  Preview3D: rule({ fields: { model_file: shown }, previews: true }),
  Preview3DAnimation: rule({ fields: { model_file: shown }, previews: true }),
  LoadImageDataSetFromFolder: rule({ fields: { folder: dataset } }),
  LoadImageTextDataSetFromFolder: rule({ fields: { folder: dataset } }),
  LoadVideoDataSetFromFolder: rule({ fields: { folder: dataset } }),
  LoadVideoTextDataSetFromFolder: rule({ fields: { folder: dataset } }),
  LoadImageSetFromFolderNode: rule({ fields: { folder: dataset } }),
  LoadImageTextSetFromFolderNode: rule({ fields: { folder: dataset } }),
  LoadImageSetNode: rule({ fields: { images: reads({ annotated: false, shape: 'list' }) } }),
}

export const fileWriters: Readonly<Record<string, NodeRule>> = {
  SaveImage: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveImageAdvanced: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveAnimatedWEBP: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveAnimatedPNG: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveSVGNode: rule({ fields: { filename_prefix: writes('svg/ComfyUI') } }),
  SaveWEBM: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveVideo: rule({ fields: { filename_prefix: writes('video/ComfyUI') } }),
  SaveAudio: rule({ fields: { filename_prefix: writes('audio/ComfyUI') } }),
  SaveAudioMP3: rule({ fields: { filename_prefix: writes('audio/ComfyUI') } }),
  SaveAudioOpus: rule({ fields: { filename_prefix: writes('audio/ComfyUI') } }),
  SaveAudioAdvanced: rule({ fields: { filename_prefix: writes('audio/ComfyUI') } }),
  SaveLatent: rule({ fields: { filename_prefix: writes('latents/ComfyUI') } }),
  SaveText: rule({ fields: { filename_prefix: writes('ComfyUI') } }),
  SaveGLB: rule({ fields: { filename_prefix: writes('3d/ComfyUI') } }),
  Save3DAdvanced: rule({ fields: { filename_prefix: writes('3d/ComfyUI'), ...viewport } }),
  SaveGaussianSplat: rule({ fields: { filename_prefix: writes('3d/ComfyUI'), ...viewport } }),
  SavePointCloud: rule({ fields: { filename_prefix: writes('3d/ComfyUI'), ...viewport } }),
}

export const previewers: Readonly<Record<string, NodeRule>> = {
  ...Object.fromEntries(
    words('PreviewImage MaskPreview PreviewAudio ImageCompare ImageCompositor ImageCropV2 SAM3_TrackPreview').map(
      (name) => [name, rule({ previews: true })],
    ),
  ),
  Preview3DAdvanced: rule({ fields: viewport, previews: true }),
  PreviewGaussianSplat: rule({ fields: viewport, previews: true }),
  PreviewPointCloud: rule({ fields: viewport, previews: true }),
}
