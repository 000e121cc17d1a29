/** How large are the pictures that a core class makes of others? (nodes.py, nodes_images.py, nodes_post_processing.py, 0.33.0) */
import { area, type Hands, type Made, sideOf, sides } from './made.ts'

export type SizeRule = (hands: Hands) => Partial<Made>

/** ComfyUI's megapixel (ImageScaleToTotalPixels). */
const megapixel = 1024 * 1024
// A picture of unknown sides is taken for at most this much longer than wide.
const assumedAspect = 4

/** A side of 0 follows from the other and the shape of the source (comfy.utils common_upscale callers). */
function scaled(hands: Hands, width: number, height: number): Partial<Made> {
  const source = hands.widest
  if (width > 0 && height > 0) return sides(width, height)
  if (width === 0 && height === 0) return {}
  const known = source.width !== undefined && source.height !== undefined
  const aspect = known ? (source.width ?? 1) / Math.max(1, source.height ?? 1) : assumedAspect
  if (known) return width > 0 ? sides(width, width / aspect) : sides(height * aspect, height)
  return area(Math.max(width, height) ** 2 * assumedAspect)
}

function times(source: Made, factor: number): Partial<Made> {
  return {
    pixels: source.pixels * factor * factor,
    width: source.width === undefined ? undefined : source.width * factor,
    height: source.height === undefined ? undefined : source.height * factor,
  }
}

function longerSide(hands: Hands, longest: number): Partial<Made> {
  const { width, height } = hands.widest
  if (width === undefined || height === undefined) return area(longest * longest)
  return times(hands.widest, longest / Math.max(1, width, height))
}

function shorterSide(hands: Hands, shortest: number): Partial<Made> {
  const { width, height } = hands.widest
  if (width === undefined || height === undefined) return area(shortest * shortest * assumedAspect)
  return times(hands.widest, shortest / Math.max(1, Math.min(width, height)))
}

function resized(hands: Hands): Partial<Made> {
  const most = (name: string) => hands.most(`resize_type.${name}`, 0)
  switch (hands.literal('resize_type')) {
    case 'scale dimensions':
      return scaled(hands, most('width'), most('height'))
    case 'scale by multiplier':
      return times(hands.widest, most('multiplier'))
    case 'scale longer dimension':
      return longerSide(hands, most('longer_size'))
    case 'scale shorter dimension':
      return shorterSide(hands, most('shorter_size'))
    case 'scale width':
    case 'scale height':
      return scaled(hands, most('width'), most('height'))
    case 'scale total pixels':
      return area(most('megapixels') * megapixel)
    default:
      // `match size` takes the size of another picture that comes in; `scale to multiple` only makes smaller.
      return {}
  }
}

function padded(hands: Hands): Partial<Made> {
  const most = (name: string) => hands.most(name, 0)
  return sides(
    sideOf(hands.widest, 'width') + most('left') + most('right'),
    sideOf(hands.widest, 'height') + most('top') + most('bottom'),
  )
}

function stitched(hands: Hands): Partial<Made> {
  const spacing = hands.most('spacing_width', 0)
  const [one, two] = [hands.from('image1'), hands.from('image2')]
  if (one === undefined || two === undefined) return {}
  // The second is scaled to the side where they meet.
  const pixels = one.pixels + Math.max(one.pixels, two.pixels) * 2
  return area(pixels + spacing * Math.sqrt(pixels))
}

function grid(hands: Hands): Partial<Made> {
  const { count, items } = hands.widest
  const padding = hands.most('padding', 4)
  const cell = (hands.most('cell_width', 256) + padding) * (hands.most('cell_height', 256) + padding)
  return { ...area(cell * Math.max(1, count * items + hands.most('columns', 4))), count: 1, items: 1 }
}

function tiles(hands: Hands): Partial<Made> {
  const [width, height] = [hands.most('tile_width', 1024), hands.most('tile_height', 1024)]
  const [least, lower] = [hands.number('tile_width')?.low ?? 1024, hands.number('tile_height')?.low ?? 1024]
  const overlap = hands.most('overlap', 128)
  // get_grid_coords never steps by less than a quarter of a tile.
  const step = (tile: number) => Math.max(1, tile / 4, tile - overlap)
  const across = Math.ceil(sideOf(hands.widest, 'width') / step(least))
  const down = Math.ceil(sideOf(hands.widest, 'height') / step(lower))
  return { ...sides(width, height), items: Math.max(1, across * down) * hands.widest.items }
}

export const pictureRules: Readonly<Record<string, SizeRule>> = {
  ImageScale: (hands) => scaled(hands, hands.most('width', 0), hands.most('height', 0)),
  LatentUpscale: (hands) => scaled(hands, hands.most('width', 0), hands.most('height', 0)),
  ImageScaleBy: (hands) => times(hands.widest, hands.most('scale_by', 1)),
  LatentUpscaleBy: (hands) => times(hands.widest, hands.most('scale_by', 1)),
  SD_4XUpscale_Conditioning: (hands) => times(hands.widest, hands.most('scale_ratio', 1)),
  ImageScaleToTotalPixels: (hands) => area(hands.most('megapixels', 1) * megapixel),
  ImageScaleToMaxDimension: (hands) => longerSide(hands, hands.most('largest_size', 512)),
  ResizeImagesByLongerEdge: (hands) => longerSide(hands, hands.most('longer_edge', 1024)),
  ResizeImagesByShorterEdge: (hands) => shorterSide(hands, hands.most('shorter_edge', 512)),
  ResizeImageMaskNode: resized,
  ImageUpscaleWithModel: (hands) => times(hands.widest, hands.from('upscale_model')?.factor ?? 4),
  LTXVLatentUpsampler: (hands) => times(hands.widest, 2),
  ImagePadForOutpaint: padded,
  ImageStitch: stitched,
  ImageGrid: grid,
  SplitImageToTileList: tiles,
  EmptyLatentHunyuan3Dv2: (hands) => ({
    ...area(hands.most('resolution', 3072) * 64),
    count: hands.most('batch_size', 1),
  }),
}
