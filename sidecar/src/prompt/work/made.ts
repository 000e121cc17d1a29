/** How much does a node make? The estimate that is carried along the links of a graph; every figure is an upper bound. */
import type { Interval } from './interval.ts'

export interface Made {
  /** Pixels of one picture or frame; of a latent, those of the picture it stands for. */
  readonly pixels: number
  /** Known where it follows from numbers in the graph. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** Pictures, frames or latents in one batch. */
  readonly count: number
  /** Entries of a list; ComfyUI runs what follows once for each. */
  readonly items: number
  /** Steps that a schedule asks of a sampler. */
  readonly steps: number
  readonly characters: number
  /** The text itself where it is constant and short. */
  readonly text: string | undefined
  /** Samples of sound, over all channels. */
  readonly samples: number
  /** Linear factor of an upscaling model. */
  readonly factor: number
}

export const nothing: Made = {
  pixels: 0,
  width: undefined,
  height: undefined,
  count: 0,
  items: 1,
  steps: 0,
  characters: 0,
  text: undefined,
  samples: 0,
  factor: 1,
}

/** What a node has in its hands: the inputs it names, as numbers and as what was made before. */
export interface Hands {
  readonly classType: string
  /** The names of its inputs. */
  readonly fields: readonly string[]
  /** The number in a field; undefined where there is no such field or it is no number. */
  number(name: string): Interval | undefined
  /** The largest number a field can hold; `fallback` where it is absent. */
  most(name: string, fallback: number): number
  literal(name: string): string | undefined
  /** What comes in through one link. */
  from(name: string): Made | undefined
  /** Whatever comes in through links. */
  readonly sources: readonly Made[]
  /** Everything that comes in, as if it were one: the most of each figure. */
  readonly widest: Made
  /** Whether it hands on a text. */
  readonly makesText: boolean
  /** Length of a text field, typed or linked; of a list or an object, as ComfyUI would print it. */
  characters(name: string): number
  /** A text field where it is constant and short. */
  text(name: string): string | undefined
}

/** A picture of known sides. */
export function sides(width: number, height: number): Pick<Made, 'pixels' | 'width' | 'height'> {
  return { pixels: width * height, width, height }
}

/** A picture of which only the area is known. */
export function area(pixels: number): Pick<Made, 'pixels' | 'width' | 'height'> {
  return { pixels, width: undefined, height: undefined }
}

/** One side of a picture, as if it were square where nothing is known. */
export function sideOf(made: Made, side: 'width' | 'height'): number {
  return made[side] ?? Math.sqrt(made.pixels)
}
