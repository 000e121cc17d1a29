/** What does a binary frame of ComfyUI's hold, and how is one written? Previews and progress texts, big-endian. */
import type { JsonObject } from '@gatehouse/shared/json'
import { isObject } from './json-shape.ts'
import { parseUpstreamJson } from './lossless-json.ts'

// ComfyUI protocol.py BinaryEventTypes, server.py send_image, send_image_with_metadata, send_progress_text.
const previewType = 1
const textType = 3
const previewWithMetadataType = 4
const jpegFormat = 1
const pngFormat = 2
/** A JSON of six ids; anything longer was not written by ComfyUI. */
const metadataLimitBytes = 64 * 1024

export type BinaryFrame =
  | { readonly kind: 'preview'; readonly format: 1 | 2; readonly image: Buffer }
  | { readonly kind: 'text'; readonly node: string; readonly text: string }
  | { readonly kind: 'preview-with-metadata'; readonly metadata: JsonObject; readonly image: Buffer }

/** Undefined for a type that nobody knows and for a frame that is too short. */
export function parseBinaryFrame(frame: Buffer): BinaryFrame | undefined {
  if (frame.length < 8) return undefined
  const second = frame.readUInt32BE(4)
  switch (frame.readUInt32BE(0)) {
    case previewType:
      return second === jpegFormat || second === pngFormat
        ? { kind: 'preview', format: second, image: frame.subarray(8) }
        : undefined
    case textType:
      if (second > frame.length - 8) return undefined
      return { kind: 'text', node: frame.toString('utf8', 8, 8 + second), text: frame.toString('utf8', 8 + second) }
    case previewWithMetadataType:
      return parsePreviewWithMetadata(frame, second)
    default:
      return undefined
  }
}

function parsePreviewWithMetadata(frame: Buffer, length: number): BinaryFrame | undefined {
  if (length > metadataLimitBytes || length > frame.length - 8) return undefined
  try {
    const metadata = parseUpstreamJson(frame.toString('utf8', 8, 8 + length))
    if (!isObject(metadata)) return undefined
    return { kind: 'preview-with-metadata', metadata, image: frame.subarray(8 + length) }
  } catch {
    // A frame that cannot be read cannot be shown to be anybody's.
    return undefined
  }
}

export function writePreview(format: 1 | 2, image: Buffer): Buffer {
  return Buffer.concat([header(previewType, format), image])
}

export function writeText(node: string, text: string): Buffer {
  const id = Buffer.from(node)
  return Buffer.concat([header(textType, id.length), id, Buffer.from(text)])
}

export function writePreviewWithMetadata(metadata: JsonObject, image: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(metadata))
  return Buffer.concat([header(previewWithMetadataType, json.length), json, image])
}

/** The same image for a socket that did not ask for metadata. */
export function withoutMetadata(metadata: JsonObject, image: Buffer): Buffer {
  return writePreview(metadata.image_type === 'image/png' ? pngFormat : jpegFormat, image)
}

function header(type: number, second: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(type, 0)
  bytes.writeUInt32BE(second, 4)
  return bytes
}
