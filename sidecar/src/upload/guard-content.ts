/** May these bytes become a file that ComfyUI decodes? No playlists, and no pictures that unpack to more than fits. */
import { Readable } from 'node:stream'
import { GatehouseError } from '../gatehouse-error.ts'
import type { WorldLimits } from '../policy/world.ts'
import { isPickleName } from '../prompt/pickle-names.ts'
import { isPickleAdmitted } from '../prompt/pickles.ts'
import { isPlaylistName } from '../prompt/playlist-names.ts'
import { createPictureReader, type PictureSize } from './picture-size.ts'

const megapixel = 1024 * 1024
const headBytes = 1024

// FFmpeg, through which ComfyUI 0.33.0 opens pictures, sound and video, goes by the first bytes and not by the name. A
// playlist makes it open other files: HLS any media file of the machine by path, ffconcat those below it, SDP ports.
const playlist =
  /^(?:\ufeff|\s)*(?:#EXTM3U|ffconcat\s|\[playlist\]|\[Reference\]|v=0\s|<(?:asx|smil|mpd|playlist)\b)|<MPD\b|^\s*rtsp:\/\/|(?:^|\n)c=IN IP/i

type ContentLimits = Pick<WorldLimits, 'maxPictureMegapixels' | 'maxFramesMegapixels' | 'allowPickles'>

/** Why no upload may have this name; undefined when it may. */
export function findRefusedName(filename: string, limits: ContentLimits): GatehouseError | undefined {
  if (isPlaylistName(filename)) return refusedPlaylist()
  if (!isPickleName(filename) || isPickleAdmitted(limits.allowPickles, 'input', filename)) return undefined
  return new GatehouseError('upload_type_refused', {
    message:
      'Files of formats that can carry code may not be uploaded. Use .safetensors, or ask the operator to admit input/NAME under models.allow_pickles.',
  })
}

/** The same bytes; the stream breaks off with upload_type_refused or upload_too_many_pixels. */
export function guardContent(stream: Readable, limits: ContentLimits): Readable {
  return Readable.from(judged(stream, limits), { objectMode: false })
}

async function* judged(stream: Readable, limits: ContentLimits): AsyncGenerator<Buffer> {
  const reader = createPictureReader((size) => judgeSize(size, limits))
  let head = Buffer.alloc(0)
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    if (head.length < headBytes) {
      head = Buffer.concat([head, bytes.subarray(0, headBytes - head.length)])
      if (playlist.test(head.toString('utf8'))) throw refusedPlaylist()
    }
    reader.push(bytes)
    yield bytes
  }
}

function judgeSize({ width, height, frames }: PictureSize, limits: ContentLimits): void {
  const pixels = width * height
  if (pixels > limits.maxPictureMegapixels * megapixel) {
    throw new GatehouseError('upload_too_many_pixels', {
      message: `The picture has ${width} x ${height} pixels, more than the limit of ${limits.maxPictureMegapixels} megapixels.`,
    })
  }
  if (pixels * frames > limits.maxFramesMegapixels * megapixel) {
    throw new GatehouseError('upload_too_many_pixels', {
      message: `The animation unpacks to more than the limit of ${limits.maxFramesMegapixels} megapixels.`,
    })
  }
}

function refusedPlaylist(): GatehouseError {
  return new GatehouseError('upload_type_refused', {
    message: 'Playlists may not be uploaded: they lead to other files. Upload the picture, sound or video itself.',
  })
}
