/** What do the model-less image and mask nodes compute? 8 bit RGB is enough to see who owns which picture. */
import type { ImageValue, MaskValue, NodeBehaviour } from './node-class.ts'

const emptyImage: NodeBehaviour = {
  run: (inputs) => {
    const [width, height, batch] = [inputs.number('width'), inputs.number('height'), inputs.number('batch_size', 1)]
    const color = inputs.number('color', 0)
    const frame = new Uint8Array(width * height * 3)
    const pixel = [(color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff]
    for (let at = 0; at < frame.length; at += 3) frame.set(pixel, at)
    return { outputs: [image(width, height, new Array<Uint8Array>(batch).fill(frame))] }
  },
}

const imageInvert: NodeBehaviour = {
  run: (inputs) => {
    const source = inputs.image('image')
    const frames = source.frames.map((frame) => frame.map((value) => 255 - value))
    return { outputs: [image(source.width, source.height, frames)] }
  },
}

const imageScale: NodeBehaviour = {
  run: (inputs) => {
    const source = inputs.image('image')
    let [width, height] = [inputs.number('width'), inputs.number('height')]
    if (width === 0 && height === 0) return { outputs: [source] }
    if (width === 0) width = Math.max(1, Math.round((source.width * height) / source.height))
    if (height === 0) height = Math.max(1, Math.round((source.height * width) / source.width))
    return { outputs: [scale(source, width, height)] }
  },
}

const imageBatch: NodeBehaviour = {
  run: (inputs) => {
    const first = inputs.image('image1')
    const second = scale(inputs.image('image2'), first.width, first.height)
    return { outputs: [image(first.width, first.height, [...first.frames, ...second.frames])] }
  },
}

const getImageSize: NodeBehaviour = {
  run: (inputs, context) => {
    const { width, height, frames } = inputs.image('image')
    context.progressText(`width: ${width}, height: ${height}\n batch size: ${frames.length}`)
    return { outputs: [width, height, frames.length] }
  },
}

const solidMask: NodeBehaviour = {
  run: (inputs) => {
    const [width, height] = [inputs.number('width'), inputs.number('height')]
    const level = Math.round(Math.min(1, Math.max(0, inputs.number('value'))) * 255)
    return { outputs: [mask(width, height, [new Uint8Array(width * height).fill(level)])] }
  },
}

const invertMask: NodeBehaviour = {
  run: (inputs) => {
    const { width, height, frames } = inputs.mask('mask')
    return {
      outputs: [
        mask(
          width,
          height,
          frames.map((frame) => frame.map((value) => 255 - value)),
        ),
      ],
    }
  },
}

const maskToImage: NodeBehaviour = { run: (inputs) => ({ outputs: [imageOfMask(inputs.mask('mask'))] }) }

export const imageNodes = {
  EmptyImage: emptyImage,
  ImageInvert: imageInvert,
  ImageScale: imageScale,
  ImageBatch: imageBatch,
  GetImageSize: getImageSize,
  SolidMask: solidMask,
  InvertMask: invertMask,
  MaskToImage: maskToImage,
} as const satisfies Record<string, NodeBehaviour>

export function image(width: number, height: number, frames: readonly Uint8Array[]): ImageValue {
  return { kind: 'image', width, height, frames }
}

export function mask(width: number, height: number, frames: readonly Uint8Array[]): MaskValue {
  return { kind: 'mask', width, height, frames }
}

export function imageOfMask(source: MaskValue): ImageValue {
  const frames = source.frames.map((frame) => {
    const made = new Uint8Array(frame.length * 3)
    frame.forEach((value, at) => {
      made.fill(value, at * 3, at * 3 + 3)
    })
    return made
  })
  return image(source.width, source.height, frames)
}

// Nearest neighbour, whichever method was asked for.
function scale(source: ImageValue, width: number, height: number): ImageValue {
  if (source.width === width && source.height === height) return source
  const frames = source.frames.map((frame) => {
    const made = new Uint8Array(width * height * 3)
    for (let y = 0; y < height; y += 1) {
      const row = Math.floor((y * source.height) / height) * source.width
      for (let x = 0; x < width; x += 1) {
        const from = (row + Math.floor((x * source.width) / width)) * 3
        made.set(frame.subarray(from, from + 3), (y * width + x) * 3)
      }
    }
    return made
  })
  return image(width, height, frames)
}
