/** How many pictures, list entries, steps and characters does a core class make of others? (0.33.0) */
import type { Hands, Made } from './made.ts'
import type { SizeRule } from './rules-pictures.ts'

function total(hands: Hands, figure: 'count' | 'items' | 'samples' | 'characters'): number {
  return hands.sources.reduce((sum, source) => sum + source[figure], 0)
}

const joinsBatches: SizeRule = (hands) => ({ count: total(hands, 'count'), samples: total(hands, 'samples') })
const joinsLists: SizeRule = (hands) => ({ items: Math.max(1, total(hands, 'items')) })
const repeats: SizeRule = (hands) => ({
  count: hands.widest.count * hands.most('amount', 1),
  samples: hands.widest.samples * hands.most('amount', 1),
})

/** A latent that stands for a sound; told as what is decoded from it, in stereo. */
function silence(seconds: (hands: Hands) => number): SizeRule {
  return (hands) => {
    const count = Math.max(1, hands.most('batch_size', 1))
    return { count, samples: seconds(hands) * decodedRate * 2 * count }
  }
}

/** Of the vocoders of ACE-Step and LTX, the highest (0.33.0). */
const decodedRate = 48_000
const inSeconds = silence((hands) => hands.most('seconds', 120))

function takes(hands: Hands, name: string): Partial<Made> {
  return { count: Math.min(hands.widest.count, hands.most(name, 1)) }
}

function rebatches(hands: Hands): Partial<Made> {
  const { count, items } = hands.widest
  const least = Math.max(1, hands.number('batch_size')?.low ?? 1)
  return { count: Math.min(count * items, hands.most('batch_size', 1)), items: Math.ceil((count * items) / least) }
}

const concatenates: SizeRule = (hands) => {
  const texts = ['string_a', 'delimiter', 'string_b'].map((name) => hands.text(name))
  const characters = ['string_a', 'delimiter', 'string_b'].reduce((sum, name) => sum + hands.characters(name), 0)
  const isShort = characters <= longestConstant && texts.every((text) => text !== undefined)
  return { characters, text: isShort ? texts.join('') : undefined }
}

/** str.replace; an empty text is found before, between and after all characters, in Python as here. */
function replaces(name: string): SizeRule {
  return (hands) => {
    const [text, find, replacement] = [hands.text(name), hands.text('find'), hands.text('replace')]
    const [length, added] = [hands.characters(name), hands.characters('replace')]
    if (text === undefined || find === undefined) {
      const shortest = find?.length ?? 0
      const found = shortest === 0 ? length + 1 : Math.floor(length / shortest)
      return { characters: length + found * Math.max(0, added - shortest), text: undefined }
    }
    const found = find === '' ? text.length + 1 : text.split(find).length - 1
    const characters = text.length + found * (added - find.length)
    const isShort = characters <= longestConstant && replacement !== undefined
    return { characters, text: isShort ? text.replaceAll(find, () => replacement) : undefined }
  }
}

/** The text, shorter or as long. */
const sameLength =
  (name: string): SizeRule =>
  (hands) => ({ characters: hands.characters(name), text: undefined })

// Of one letter Python makes up to three (str.upper of U+0390).
const mostLettersOfOne = 3
const ascii = /^[\0-\x7f]*$/

function changesCase(name: string): SizeRule {
  return (hands) => {
    const isPlain = ascii.test(hands.literal(name) ?? hands.text(name) ?? '\u0390')
    return { characters: hands.characters(name) * (isPlain ? 1 : mostLettersOfOne), text: undefined }
  }
}

/** Constant texts are followed up to this length, and only their lengths beyond it. */
export const longestConstant = 20_000

function formats(hands: Hands): Partial<Made> {
  const format = hands.text('f_string')
  const fields = format === undefined ? hands.characters('f_string') : format.split('{').length - 1
  // A field may be as wide as four digits say (language-fields.ts); a number prints at most 400 characters.
  const values = hands.fields.map((name) => (name === 'f_string' ? 0 : hands.characters(name)))
  const widest = Math.max(9_999, ...values)
  return { characters: hands.characters('f_string') + fields * widest, text: undefined }
}

function adds(name: string): SizeRule {
  return (hands) => ({ characters: hands.characters('texts') + hands.characters(name), text: undefined })
}

const constantText =
  (name: string): SizeRule =>
  (hands) => ({ characters: hands.characters(name), text: hands.text(name) })

function namedFactor(hands: Hands): Partial<Made> {
  // `4x-UltraSharp`, `RealESRGAN_x2plus`: the factor of most upscaling models stands in their name.
  const [, before, behind] =
    /(?:^|[^0-9])(\d{1,2})x|x(\d{1,2})(?:[^0-9]|$)/i.exec(hands.literal('model_name') ?? '') ?? []
  const factor = Number(before ?? behind ?? 4)
  return { factor: factor >= 1 && factor <= 16 ? factor : 4 }
}

export const amountRules: Readonly<Record<string, SizeRule>> = {
  RepeatImageBatch: repeats,
  RepeatLatentBatch: repeats,
  ImageBatch: joinsBatches,
  BatchImagesNode: joinsBatches,
  BatchMasksNode: joinsBatches,
  BatchLatentsNode: joinsBatches,
  LatentBatch: joinsBatches,
  LatentConcat: joinsBatches,
  SeedVR2TemporalMerge: (hands) => ({ count: hands.widest.count * hands.widest.items, items: 1 }),
  FrameInterpolate: (hands) => ({ count: hands.widest.count * hands.most('multiplier', 2) }),
  LatentFromBatch: (hands) => takes(hands, 'length'),
  ImageFromBatch: (hands) => takes(hands, 'length'),
  VideoTemporalCrop: (hands) => takes(hands, 'length'),
  VideoRandomTemporalCrop: (hands) => takes(hands, 'length'),
  VideoFrameSample: (hands) => takes(hands, 'num_frames'),
  RebatchImages: rebatches,
  RebatchLatents: rebatches,
  SeedVR2TemporalChunk: (hands) => ({ items: hands.widest.items * Math.max(1, hands.widest.count) }),
  WanDancerPadKeyframesList: (hands) => ({ items: hands.widest.items * hands.most('num_segments', 1) }),
  CreateList: joinsLists,
  MergeImageLists: joinsLists,
  MergeTextLists: joinsLists,
  AudioConcat: (hands) => ({ samples: total(hands, 'samples') }),
  EmptyAudio: (hands) => ({
    samples: hands.most('duration', 60) * hands.most('sample_rate', 44_100) * Math.max(1, hands.most('channels', 2)),
  }),
  EmptyLatentAudio: inSeconds,
  EmptyAceStepLatentAudio: inSeconds,
  'EmptyAceStep1.5LatentAudio': inSeconds,
  EmptyMiniMaxMusic3LatentAudio: inSeconds,
  LTXVEmptyLatentAudio: silence(
    (hands) => hands.most('frames_number', 97) / Math.max(1, hands.number('frame_rate')?.low ?? 1),
  ),
  SplitSigmas: (hands) => ({ steps: hands.widest.steps }),
  ExtendIntermediateSigmas: (hands) => ({ steps: hands.widest.steps * Math.max(1, hands.most('steps', 2)) }),
  // As many steps as numbers; re.findall takes every run of digits for one.
  ManualSigmas: (hands) => ({ steps: Math.ceil(hands.characters('sigmas') / 2) }),
  UpscaleModelLoader: namedFactor,
  PrimitiveString: constantText('value'),
  PrimitiveStringMultiline: constantText('value'),
  CustomCombo: constantText('choice'),
  StringConcatenate: concatenates,
  StringTrim: sameLength('string'),
  StringSubstring: sameLength('string'),
  StripWhitespace: sameLength('texts'),
  TruncateText: sameLength('texts'),
  SaveText: sameLength('text'),
  CaseConverter: changesCase('string'),
  TextToUppercase: changesCase('texts'),
  TextToLowercase: changesCase('texts'),
  StringReplace: replaces('string'),
  RegexReplace: replaces('string'),
  ReplaceText: replaces('texts'),
  StringFormat: formats,
  AddTextPrefix: adds('prefix'),
  AddTextSuffix: adds('suffix'),
  TextGenerate: (hands) => ({ characters: hands.most('max_length', 512) * 16, text: undefined }),
  TextGenerateLTX2Prompt: (hands) => ({ characters: hands.most('max_length', 512) * 16, text: undefined }),
}
