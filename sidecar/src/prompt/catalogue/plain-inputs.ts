/** Which texts of core classes never become a name of a file? Every text input that is no field of a rule stands here. */
import type { DeclaredInput } from './input-facts.ts'
import type { NodeRule } from './vocabulary.ts'

// `input: Class Class ...`: prompts, numbers written as text, words in which images are described.
const table = `
  texts: AddTextPrefix AddTextSuffix MakeTrainingDataset MergeTextLists ReplaceText SaveImageTextDataSetToFolder
    ShuffleImageTextDataset ShuffleVideoTextDataset StripWhitespace TextToLowercase TextToUppercase TruncateText
  prompt: MiniMaxH3ImageToVideo MiniMaxH3ReferenceToVideo TextEncodeBooguEdit TextEncodeHunyuanVideo_ImageToVideo
    TextEncodeJoyImageEdit TextEncodeMageFlowEdit TextEncodeQwenImageEdit TextEncodeQwenImageEditPlus
    TextEncodeZImageOmni TextGenerate TextGenerateLTX2Prompt
  string: CaseConverter RegexExtract RegexMatch RegexReplace StringContains StringLength StringReplace StringSubstring
    StringTrim
  text: CLIPTextEncode CLIPTextEncodeControlnet CLIPTextEncodePixArtAlpha CLIPTextEncodeSDXLRefiner GLIGENTextBoxApply
    PhotoMakerEncode SaveText TextOverlay
  text_g: CLIPTextEncodeSDXL
  text_l: CLIPTextEncodeSDXL
  clip_l: CLIPTextEncodeFlux CLIPTextEncodeHiDream CLIPTextEncodeKandinsky5 CLIPTextEncodeSD3
  clip_g: CLIPTextEncodeHiDream CLIPTextEncodeSD3
  t5xxl: CLIPTextEncodeFlux CLIPTextEncodeHiDream CLIPTextEncodeSD3
  llama: CLIPTextEncodeHiDream
  bert: CLIPTextEncodeHunyuanDiT
  mt5xl: CLIPTextEncodeHunyuanDiT
  qwen25_7b: CLIPTextEncodeKandinsky5
  user_prompt: CLIPTextEncodeLumina2
  negative_prompt: TextEncodeBooguEdit TextEncodeMageFlowEdit
  tags: TextEncodeAceStepAudio TextEncodeAceStepAudio1.5
  caption: MiniMaxMusic3TextEncode
  regex_pattern: RegexExtract RegexMatch RegexReplace
  replace: RegexReplace ReplaceText StringReplace
  find: ReplaceText StringReplace
  value: ComfyNumberConvert PrimitiveString PrimitiveStringMultiline
  string_a: StringCompare StringConcatenate
  string_b: StringCompare StringConcatenate
  delimiter: StringConcatenate
  substring: StringContains
  prefix: AddTextPrefix
  suffix: AddTextSuffix
  json_string: JsonExtractString
  key: JsonExtractString
  bboxes: CreateBoundingBoxes LayersFromBoundingBoxes
  name: AddLayer
  object_indices: SAM3_TrackToMask SCAIL2ColoredMask
  positive_coords: SAM3_Detect
  negative_coords: SAM3_Detect
  track_coords: WanMoveTracksFromCoords
  tracks: WanTrackToVideo
  sigmas: ManualSigmas
  layers: SkipLayerGuidanceSD3
  double_layers: SkipLayerGuidanceDiT SkipLayerGuidanceDiTSimple
  single_layers: SkipLayerGuidanceDiT SkipLayerGuidanceDiTSimple
  blocks: LTXVSpatioTemporalGuidance
  cond_retain_index_list: ContextWindowsManual
  latent_retain_index_list: ContextWindowsManual
  fragment_shader: GLSLShader
  aesthetics: BuildJsonPromptIdeogram
  background: BuildJsonPromptIdeogram
  high_level_description: BuildJsonPromptIdeogram
  lighting: BuildJsonPromptIdeogram
  medium: BuildJsonPromptIdeogram
  style.art_style: BuildJsonPromptIdeogram
  style.photo: BuildJsonPromptIdeogram
  string_field: Example
`

// nodes_logic.py: its options are the author's own words; the list is empty in `/object_info`.
const plainLists = ['CustomCombo.choice']

/** `Class.input` of each. */
export const plainInputs: ReadonlySet<string> = new Set([...parseTable(table), ...plainLists])

/** Whether somebody has said of an input of a core class what it may hold. */
export function isClassified(className: string, rule: NodeRule, { name, kind }: DeclaredInput): boolean {
  if (kind === 'value' || kind === 'socket' || Object.hasOwn(rule.fields, name)) return true
  // A partner node sends its texts to the partner, wherever they stand in its form; files are fields.
  if (kind === 'text' && rule.effects.includes('talks to the network')) return true
  return plainInputs.has(`${className}.${name}`)
}

function parseTable(text: string): readonly string[] {
  let input = ''
  return text.split(/\s+/).flatMap((word) => {
    if (!word.endsWith(':')) return word === '' ? [] : [`${word}.${input}`]
    input = word.slice(0, -1)
    return []
  })
}
