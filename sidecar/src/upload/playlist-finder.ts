/** Is an upload a list of other files, to a decoder that goes by content? Looks as far as FFmpeg looks. */

// FFmpeg, through which ComfyUI 0.33.0 opens pictures, sound and video, goes by the first bytes and not by the name. A
// playlist makes it open other files: HLS any media file of the machine by path, ffconcat those below it, SDP ports.
const playlist =
  /^(?:\ufeff|\s)*(?:#EXTM3U|ffconcat\s|\[playlist\]|\[Reference\]|v=0\s|<(?:asx|smil|mpd|playlist|CompositionPlaylist)\b)|<(?:MPD|CompositionPlaylist)\b|^\s*rtsp:\/\/|(?:^|\n)c=IN IP/i

// avformat.h PROBE_BUF_MAX. Its searches end at a zero byte, which a text has not.
const mostProbedBytes = 1 << 20
const tagBytes = 10

export interface PlaylistFinder {
  /** Whether what has come so far begins a playlist. */
  push(chunk: Buffer): boolean
  /** Whether the whole does, however short it is. */
  end(): boolean
}

export function createPlaylistFinder(): PlaylistFinder {
  const parts: Buffer[] = []
  let held = 0
  let isDone = false
  const judge = (): boolean => {
    isDone = true
    const text = withoutTags(Buffer.concat(parts))
    parts.length = 0
    const zero = text.indexOf(0)
    return playlist.test(text.toString('utf8', 0, zero === -1 ? text.length : zero))
  }
  return {
    push: (chunk) => {
      if (isDone) return false
      parts.push(chunk.subarray(0, mostProbedBytes - held))
      held += Math.min(chunk.length, mostProbedBytes - held)
      const first = parts[0] ?? chunk
      const isBinary = !mayHoldTags(first) && chunk.includes(0)
      return held >= mostProbedBytes || isBinary ? judge() : false
    },
    end: () => !isDone && judge(),
  }
}

function mayHoldTags(start: Buffer): boolean {
  return Buffer.from('ID3').subarray(0, start.length).equals(start.subarray(0, 3))
}

// ID3v2.4 section 3.1. av_probe_input_format3 looks behind a tag, and older demuxers begin to read there.
function withoutTags(bytes: Buffer): Buffer {
  let rest = bytes
  while (rest.length >= tagBytes && rest.toString('latin1', 0, 3) === 'ID3') {
    const [a = 0, b = 0, c = 0, d = 0] = rest.subarray(6, tagBytes)
    const hasFooter = ((rest[5] ?? 0) & 0x10) !== 0
    rest = rest.subarray(tagBytes + (a << 21) + (b << 14) + (c << 7) + d + (hasFooter ? tagBytes : 0))
  }
  return rest
}
