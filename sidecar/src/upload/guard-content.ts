/** May these bytes become a file that ComfyUI decodes? No playlists, and nothing that unpacks to more than fits. */
import { Readable } from 'node:stream'
import { GatehouseError } from '../gatehouse-error.ts'
import type { WorldLimits } from '../policy/world.ts'
import { isPickleName } from '../prompt/pickle-names.ts'
import { isPickleAdmitted } from '../prompt/pickles.ts'
import { isPlaylistName } from '../prompt/playlist-names.ts'
import { walkKsplat } from './ksplat-file.ts'
import { createPictureReader } from './picture-size.ts'
import { createPlaylistFinder } from './playlist-finder.ts'
import type { SizeSink } from './size-sink.ts'
import { createStreamReader, type StreamReader } from './stream-walker.ts'
import { createUnpacker, type Unpacker } from './unpacked-size.ts'

const megapixel = 1024 * 1024
/** Of what an upload may have; splats of a real scene are hardly packed at all. */
const mostUnpacked = 4

type ContentLimits = Pick<
  WorldLimits,
  'maxPictureMegapixels' | 'maxFramesMegapixels' | 'maxCaptionBytes' | 'maxUploadBytes' | 'allowPickles'
>

/** Why no upload may have this name; undefined when it may. */
export function findRefusedName(filename: string, limits: Pick<ContentLimits, 'allowPickles'>) {
  if (isPlaylistName(filename)) return refusedPlaylist()
  if (!isPickleName(filename) || isPickleAdmitted(limits.allowPickles, 'input', filename)) return undefined
  return refused(
    'Files of formats that can carry code may not be uploaded. Use .safetensors, or ask the operator to admit input/NAME under models.allow_pickles.',
  )
}

/** The same bytes; the stream breaks off with upload_type_refused, upload_too_many_pixels or body_too_large. */
export function guardContent(stream: Readable, filename: string, limits: ContentLimits): Readable {
  return Readable.from(judged(stream, filename, limits), { objectMode: false })
}

async function* judged(stream: Readable, filename: string, limits: ContentLimits): AsyncGenerator<Buffer> {
  const [pictures, playlists] = [createPictureReader(sizeJudge(limits), filename), createPlaylistFinder()]
  const parts = createPartReader(filename, limits)
  let length = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
      length += bytes.length
      if (length > limits.maxCaptionBytes && /\.txt$/i.test(filename)) throw longCaption(limits)
      if (playlists.push(bytes)) throw refusedPlaylist()
      pictures.push(bytes)
      await parts.push(bytes)
      yield bytes
    }
    if (playlists.end()) throw refusedPlaylist()
    await parts.end()
  } finally {
    parts.abort()
  }
}

/** Whatever has a part of which ComfyUI makes much: splats, packed or in sections. */
function createPartReader(filename: string, { maxUploadBytes }: ContentLimits): Unpacker {
  let start = Buffer.alloc(0)
  let unpacker: Unpacker | undefined
  let splats: StreamReader | undefined
  const begin = (): void => {
    const [first, second = 0] = start
    // nodes_gaussian_splat.py (0.33.0) goes by the ending, and by these bytes where it does not know that.
    if (first === 0x1f && second === 0x8b) unpacker = createUnpacker(mostUnpacked * maxUploadBytes, tooMuchUnpacked)
    else if (first === 0 && (second > 0 || /\.ksplat$/i.test(filename)))
      splats = createStreamReader(walkKsplat(() => fail(oddSplats())))
  }
  return {
    push: async (bytes) => {
      let part = bytes
      if (start.length < 2) {
        start = Buffer.concat([start, bytes])
        if (start.length < 2) return
        begin()
        part = start
      }
      splats?.push(part)
      await unpacker?.push(part)
    },
    end: async () => unpacker?.end(),
    abort: () => unpacker?.abort(),
  }
}

function sizeJudge(limits: ContentLimits): SizeSink {
  const tooLarge = (message: string): never => fail(new GatehouseError('upload_too_many_pixels', { message }))
  return {
    frame: (width, height) => {
      if (width * height <= limits.maxPictureMegapixels * megapixel) return
      tooLarge(
        `The picture has ${width} x ${height} pixels, more than the limit of ${limits.maxPictureMegapixels} megapixels.`,
      )
    },
    unpacked: (pixels) => {
      if (pixels <= limits.maxFramesMegapixels * megapixel) return
      tooLarge(`The animation unpacks to more than the limit of ${limits.maxFramesMegapixels} megapixels.`)
    },
    unreadable: () =>
      tooLarge(
        'How large the pictures in this file are cannot be told on its way. Save it as PNG or MP4 and upload that.',
      ),
  }
}

function fail(error: Error): never {
  throw error
}

function refused(message: string): GatehouseError {
  return new GatehouseError('upload_type_refused', { message })
}

function refusedPlaylist(): GatehouseError {
  return refused('Playlists may not be uploaded: they lead to other files. Upload the picture, sound or video itself.')
}

function tooMuchUnpacked(): GatehouseError {
  return refused(
    'The packed file is damaged, has something behind its end, or unpacks to more than four times what may be uploaded. Save it again, or upload it unpacked.',
  )
}

function oddSplats(): GatehouseError {
  return refused('The sections of this .ksplat do not follow each other as its viewer writes them. Save it as .ply.')
}

function longCaption({ maxCaptionBytes }: ContentLimits): GatehouseError {
  const message = `A text beside pictures is read as their caption, and may have ${maxCaptionBytes} bytes. Upload a shorter one.`
  return new GatehouseError('body_too_large', { message })
}
