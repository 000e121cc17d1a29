/** What did ComfyUI answer, as a whole, where an answer has a size that it never passes? */
import { GatehouseError } from '../gatehouse-error.ts'

/** @throws comfyui_down when it is larger than `maxBytes` */
export async function readWhole(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes)
      throw new GatehouseError('comfyui_down', { detail: `an answer of over ${maxBytes} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}
