/** What does a node make of what it is given? The rule of its class, else what the names of its inputs say. */
import { type Hands, type Made, sides } from './made.ts'
import { amountRules } from './rules-amounts.ts'
import { pictureRules, type SizeRule } from './rules-pictures.ts'

const rules: ReadonlyMap<string, SizeRule> = new Map(Object.entries({ ...pictureRules, ...amountRules }))

// Pairs of inputs that are the sides of what a class makes, in all of core and in most packs.
const sidePairs = [
  ['width', 'height'],
  ['target_width', 'target_height'],
  ['final_width', 'final_height'],
  ['output_width', 'output_height'],
  ['canvas_width', 'canvas_height'],
  ['size_mode.width', 'size_mode.height'],
] as const
const single = ['resolution', 'texture_size', 'octree_resolution', 'merge_resolution'] as const
const counts = ['batch_size', 'length', 'video_frames', 'num_frames', 'frames', 'layers', 'segment_length'] as const

// What is read from files is not looked into here: a photograph, and ten seconds of video.
const assumedPicture = 4 * 1024 * 1024
const assumedFrame = 1024 * 1024
const assumedFrames = 240
/** Characters of one caption; an uploaded text is no longer than a text encoder reads (guard-content.ts). */
const assumedCaption = 5_000
const readers = /^(?:Load(?:Image|Latent|Video|Audio)|WebcamCapture$|RecordAudio$|LoadImageDataSet|LoadVideoDataSet)/

/** What a node makes. */
export function makes(hands: Hands): Made {
  if (readers.test(hands.classType)) return read(hands)
  const rule = rules.get(hands.classType)
  const base = { ...hands.widest, characters: charactersOf(hands) }
  return { ...base, ...(rule === undefined ? guess(hands) : rule(hands)) }
}

/** A text that no rule is about is no longer than all that its node was given. */
function charactersOf(hands: Hands): number {
  if (!hands.makesText) return hands.widest.characters
  return hands.fields.reduce((sum, name) => sum + hands.characters(name), 0)
}

/** Times the node goes over what it makes: steps of samplers, rounds of filters. */
export function passes(hands: Hands): number {
  const grown = hands.classType === 'GrowMask' ? magnitudeOf(hands, 'expand') : 0
  return Math.max(1, grown, hands.most('steps', hands.widest.steps))
}

/** How many times what it makes a node holds while it works. */
export function workspace(hands: Hands): number {
  // kornia unfolds the neighbourhood of every pixel.
  return hands.classType === 'Morphology' ? hands.most('kernel_size', 3) ** 2 : 1
}

function magnitudeOf(hands: Hands, name: string): number {
  const value = hands.number(name)
  return value === undefined ? 0 : Math.max(Math.abs(value.low), Math.abs(value.high))
}

const telling: ReadonlySet<string> = new Set([...sidePairs.flat(), ...single, ...counts, 'steps'])

function guess(hands: Hands): Partial<Made> {
  // Most nodes have none of these, and there are many nodes.
  if (!hands.fields.some((name) => telling.has(name))) return {}
  const pair = sidePairs.find(
    ([width, height]) => hands.number(width) !== undefined && hands.number(height) !== undefined,
  )
  const side = single.find((name) => hands.number(name) !== undefined)
  const named = counts.filter((name) => hands.number(name) !== undefined)
  const asked = named.reduce((product, name) => product * Math.max(1, hands.most(name, 1)), 1)
  const isMaker = pair !== undefined || side !== undefined
  const count = named.length > 0 ? asked : isMaker ? Math.max(1, hands.widest.count) : hands.widest.count
  const steps = hands.number('steps') === undefined ? hands.widest.steps : hands.most('steps', 0)
  return { ...guessSize(hands, pair, side), count, steps }
}

function guessSize(
  hands: Hands,
  pair: (typeof sidePairs)[number] | undefined,
  side: (typeof single)[number] | undefined,
): Partial<Made> {
  if (pair !== undefined) return sides(hands.most(pair[0], 0), hands.most(pair[1], 0))
  return side === undefined ? {} : sides(hands.most(side, 0), hands.most(side, 0))
}

function read(hands: Hands): Made {
  const isVideo = hands.classType.startsWith('LoadVideo')
  return {
    ...hands.widest,
    pixels: isVideo ? assumedFrame : assumedPicture,
    width: undefined,
    height: undefined,
    count: isVideo ? assumedFrames : 1,
    samples: 0,
    characters: hands.makesText ? assumedCaption : 0,
    text: undefined,
  }
}
