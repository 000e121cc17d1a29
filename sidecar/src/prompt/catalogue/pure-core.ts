/** Which classes of nodes.py only compute on their inputs? */
import { words } from './vocabulary.ts'

export const pureCore = words(`
  KSampler CLIPTextEncode CLIPSetLastLayer VAEDecode VAEEncode VAEEncodeForInpaint EmptyLatentImage LatentUpscale
  LatentUpscaleBy LatentFromBatch RepeatLatentBatch ImageScale ImageScaleBy ImageInvert ImageBatch
  ImagePadForOutpaint EmptyImage ConditioningAverage ConditioningCombine ConditioningConcat ConditioningSetArea
  ConditioningSetAreaPercentage ConditioningSetAreaStrength ConditioningSetMask KSamplerAdvanced SetLatentNoiseMask
  LatentComposite LatentBlend LatentRotate LatentFlip LatentCrop CLIPVisionEncode StyleModelApply unCLIPConditioning
  ControlNetApply ControlNetApplyAdvanced VAEDecodeTiled VAEEncodeTiled GLIGENTextBoxApply InpaintModelConditioning
  ConditioningZeroOut ConditioningSetTimestepRange ConditioningMultiply SaveImageWebsocket
`)
