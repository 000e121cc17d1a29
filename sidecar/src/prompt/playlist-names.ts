/** Does a name end like a list of other files, or like a text that may be one? */

// FFmpeg follows the entries of an HLS playlist only where the file is called one (0.33.0 brings FFmpeg 8).
const playlists = /\.(?:m3u8?|pls|xspf|asx|wax|wvx|smil?|mpd|ism|sdp|ffconcat|concat|cue|strm|rtsp|imf|cpl)$/i
const texts = /\.(?:txt|csv|md|json|xml|html?|svg|ya?ml|log|ini|srt|vtt|ass|ssa)$/i

export function isPlaylistName(name: string): boolean {
  return playlists.test(name)
}

/** Save Text writes such files, in which ffconcat directives are followed whatever they are called. */
export function isTextName(name: string): boolean {
  return texts.test(name)
}
