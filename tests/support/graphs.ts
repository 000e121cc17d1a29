/** Which graphs does the cast run? Small ones of model-less core nodes. */
import type { Graph } from './person.ts'

/** One picture, saved and previewed. */
export function savedPicture(prefix: string, color = 255): Graph {
  return {
    '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
    '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
}

/** An own picture, loaded and saved again. */
export function copiedPicture(image: string, prefix: string): Graph {
  return {
    '1': { class_type: 'LoadImage', inputs: { image } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
  }
}

/** A PNG of one pixel whose colour is not in any other test. */
export const onePixel = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
)
