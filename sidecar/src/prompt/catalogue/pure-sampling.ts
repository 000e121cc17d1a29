/** Which classes of comfy_extras only compute on their inputs? Samplers, schedulers, guiders and changes to how a model samples. */
import { words } from './vocabulary.ts'

export const pureSampling = words(`
  SamplerCustom BasicScheduler KarrasScheduler ExponentialScheduler PolyexponentialScheduler LaplaceScheduler
  VPScheduler BetaSamplingScheduler SDTurboScheduler KSamplerSelect SamplerEulerAncestral SamplerEulerAncestralCFGPP
  SamplerLMS SamplerDPMPP_3M_SDE SamplerDPMPP_2M_SDE SamplerDPMPP_SDE SamplerDPMPP_2S_Ancestral SamplerDPMAdaptative
  SamplerER_SDE SamplerSASolver SplitSigmas SplitSigmasDenoise FlipSigmas SetFirstSigma ExtendIntermediateSigmas
  SamplingPercentToSigma CFGGuider DualCFGGuider BasicGuider RandomNoise DisableNoise AddNoise SamplerCustomAdvanced
  CFGOverride SamplerSEEDS2 DualModelGuider ManualSigmas
  SamplerLCMUpscale SamplerEulerCFGpp SamplerLCM
  AlignYourStepsScheduler
  APG
  EmptyARVideoLatent SamplerARVideo ARVideoI2V
  UNetSelfAttentionMultiply UNetCrossAttentionMultiply CLIPAttentionMultiply UNetTemporalAttentionMultiply
  CFGZeroStar CFGNorm
  ContextWindowsManual WanContextWindowsManual LTXVContextWindows
  DifferentialDiffusion
  EasyCache LazyCache
  TemporalScoreRescaling
  FreeU FreeU_V2
  FreSca
  GITSScheduler
  HyperTile
  Ideogram4Scheduler
  Mahiro
  NAGuidance
  wanBlockSwap
  OptimalStepsScheduler
  PerturbedAttentionGuidance
  PerpNeg PerpNegGuider
  ScaleROPE
  SelfAttentionGuidance
  SkipLayerGuidanceDiT SkipLayerGuidanceDiTSimple
  TCFG
  TomePatchModel
  TorchCompileModel
  ModelSamplingDiscrete ModelSamplingContinuousEDM ModelSamplingContinuousV ModelSamplingStableCascade
  ModelSamplingSD3 ModelSamplingAuraFlow ModelSamplingFlux RescaleCFG ModelComputeDtype ModelNoiseScale
  ModelAttentionBackend
  PatchModelAddDownscale
  MultiGPU_WorkUnits SelectModelDevice SelectCLIPDevice SelectVAEDevice
  SetHookKeyframes CreateHookKeyframe CreateHookKeyframesInterpolated CreateHookKeyframesFromFloats CombineHooks2
  CombineHooks4 CombineHooks8 ConditioningSetProperties ConditioningSetPropertiesAndCombine
  PairConditioningSetProperties PairConditioningSetPropertiesAndCombine ConditioningSetDefaultCombine
  PairConditioningSetDefaultCombine PairConditioningCombine SetClipHooks ConditioningTimestepsRange
`)
