/** Which classes of comfy_extras only compute on their inputs? Text, numbers, logic and lists. */
import { words } from './vocabulary.ts'

export const pureText = words(`
  StringConcatenate StringSubstring StringLength CaseConverter StringTrim StringReplace StringContains StringCompare
  JsonExtractString ConvertDictionaryToString ConvertArrayToString
  PrimitiveString PrimitiveStringMultiline PrimitiveInt PrimitiveFloat PrimitiveBoolean
  ComfySwitchNode ComfyNotNode ComfyAndNode ComfyOrNode
  ComfyNumberConvert
  BuildJsonPromptIdeogram
  CreateList
  TextGenerate TextGenerateLTX2Prompt
  ResolutionSelector
  SeedNode
  PreviewAny
`)
