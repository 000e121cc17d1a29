/** Which classes of comfy_extras only compute on their inputs? Sound, video and three dimensions. */
import { words } from './vocabulary.ts'

export const pureMedia = words(`
  EmptyLatentAudio VAEEncodeAudio VAEDecodeAudio ConditioningStableAudio TrimAudioDuration SplitAudioChannels
  AudioConcat AudioMerge AudioAdjustVolume EmptyAudio VAEDecodeAudioTiled JoinAudioChannels AudioEqualizer3Band
  AudioEncoderEncode
  CreateVideo GetVideoComponents
  EmptyLatentHunyuan3Dv2 Hunyuan3Dv2Conditioning Hunyuan3Dv2ConditioningMultiView VAEDecodeHunyuan3D
  VoxelToMeshBasic VoxelToMesh
  FillHoles WeldVertices DecimateMesh RemeshMesh UnwrapMesh RenderUVAtlas PaintMesh BakeTextureFromVoxel
  MeshTextureToImage ApplyTextureToMesh BakeNormalMapFromMesh BakeAmbientOcclusion RenderMesh MeshSmoothNormals
  SplatToFile3D File3DToSplat RenderSplat CreateCameraInfo TransformSplat GetSplatCount MergeSplat SplatToMesh
  MeshToFile3D RotateMesh MergeMeshes GetMeshInfo
  Trellis2Conditioning Pixal3DConditioning Trellis2ShapeStage EmptyTrellis2LatentStructure Trellis2TextureStage
  VaeDecodeTextureTrellis VaeDecodeShapeTrellis VaeDecodeStructureTrellis2 Trellis2UpsampleStage
  TripoSplatPreprocessImage TripoSplatConditioning VAEDecodeTripoSplat TripoSplatSamplingPreview
`)
