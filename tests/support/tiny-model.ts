/** Which model can a test load in a blink? A two-times upscaler of a few hundred weights, written as safetensors. */

/** SRVGGNetCompact with four features and one inner layer (the architecture that loaders call Compact). */
const shapes: Readonly<Record<string, readonly number[]>> = {
  'body.0.weight': [4, 3, 3, 3],
  'body.0.bias': [4],
  'body.1.weight': [4],
  'body.2.weight': [4, 4, 3, 3],
  'body.2.bias': [4],
  'body.3.weight': [4],
  'body.4.weight': [12, 4, 3, 3],
  'body.4.bias': [12],
}
const floatBytes = 4

export function tinyUpscaler(): Uint8Array {
  let at = 0
  const tensors: Record<string, unknown> = {}
  const weights: Float32Array[] = []
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, size) => product * size, 1)
    tensors[name] = { dtype: 'F32', shape, data_offsets: [at, at + count * floatBytes] }
    weights.push(Float32Array.from({ length: count }, (_, index) => ((index % 7) - 3) / 50))
    at += count * floatBytes
  }
  const head = Buffer.from(JSON.stringify(tensors))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([length, head, ...weights.map((values) => Buffer.from(values.buffer))])
}
