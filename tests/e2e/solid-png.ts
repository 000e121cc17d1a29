/** What does a test upload? A square PNG of one colour, so that a picture tells whose it is. */
import { encodePng } from '../practice-comfyui/nodes/png.ts'

export function solidPng(size: number, color: number): Uint8Array {
  const pixels = new Uint8Array(size * size * 3)
  const pixel = [(color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff]
  for (let at = 0; at < pixels.length; at += 3) pixels.set(pixel, at)
  return encodePng({ width: size, height: size, channels: 3, pixels })
}
