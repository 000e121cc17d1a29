/** Which classes of comfy_extras only compute on their inputs? Images, masks, latents and what is seen in them. */
import { words } from './vocabulary.ts'

export const pureImages = words(`
  ImageCrop RepeatImageBatch ImageFromBatch ImageAddNoise ImageStitch ResizeAndPadImage GetImageSize ImageRotate
  ImageFlip ImageScaleToMaxDimension ImageCropToMask PrimitiveBoundingBox SplitImageToTileList ImageMergeTileList
  LatentCompositeMasked ImageCompositeMasked MaskToImage ImageToMask ImageColorToMask SolidMask InvertMask CropMask
  MaskComposite FeatherMask GrowMask ThresholdMask
  ImageBlend ImageBlur ImageQuantize ImageSharpen ImageScaleToTotalPixels ResizeImageMaskNode BatchImagesNode
  BatchMasksNode BatchLatentsNode ColorTransfer
  Morphology ImageRGBToYUV ImageYUVToRGB
  Canny
  PorterDuffImageComposite SplitImageWithAlpha JoinImageWithAlpha
  AddLayer LayersFromBoundingBoxes
  ColorToRGBInt
  RemoveBackground
  ImageUpscaleWithModel
  RebatchLatents RebatchImages
  LatentAdd LatentSubtract LatentMultiply LatentInterpolate LatentConcat LatentCut LatentBatch
  LatentBatchSeedBehavior LatentApplyOperation LatentApplyOperationCFG LatentOperationTonemapReinhard
  LatentOperationSharpen LatentCutToBatch ReplaceVideoLatentFrames
  FrameInterpolate
  RTDETR_detect DrawBBoxes
  SAM3_Detect SAM3_VideoTrack SAM3_TrackToMask
  SDPoseKeypointExtractor SDPoseDrawKeypoints SDPoseFaceBBoxes CropByBBoxes
  MediaPipeFaceLandmarker MediaPipeFaceMeshVisualize MediaPipeFaceMask
  MoGeInference MoGePanoramaInference MoGeRender MoGePointMapToMesh MoGeGeometryToFOV
  DA3Inference DA3Render DA3GeometryToMesh
  TextOverlay
  CurveEditor ImageHistogram
  CreateBoundingBoxes
  ResizeImagesByShorterEdge ResizeImagesByLongerEdge CenterCropImages RandomCropImages NormalizeImages
  AdjustBrightness AdjustContrast ShuffleDataset ShuffleImageTextDataset VideoFrameSample VideoTemporalCrop
  VideoRandomTemporalCrop ShuffleVideoDataset ShuffleVideoTextDataset TextToLowercase TextToUppercase TruncateText
  AddTextPrefix AddTextSuffix ReplaceText StripWhitespace ImageDeduplication ImageGrid MergeImageLists
  MergeTextLists MakeTrainingDataset ResolutionBucket
`)
