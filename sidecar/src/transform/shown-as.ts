/** As what is a tenant's file shown to a browser? Decided by the ending alone: never as anything that runs as a page. */

/** What browsers show or play, and what the stock UI embeds; everything else is a plain download. */
const inlineTypes: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  apng: 'image/apng',
  avif: 'image/avif',
  avi: 'video/x-msvideo',
  bmp: 'image/bmp',
  csv: 'text/csv; charset=utf-8',
  flac: 'audio/flac',
  gif: 'image/gif',
  glb: 'model/gltf-binary',
  heic: 'image/heic',
  ico: 'image/vnd.microsoft.icon',
  jfif: 'image/jpeg',
  jpe: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  m4a: 'audio/mp4',
  m4v: 'video/mp4',
  md: 'text/plain; charset=utf-8',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  ogv: 'video/ogg',
  opus: 'audio/ogg',
  png: 'image/png',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain; charset=utf-8',
  wav: 'audio/wav',
  weba: 'audio/webm',
  webm: 'video/webm',
  webp: 'image/webp',
}

/** Drawings: their scripts do not run inside `<img>`, and run as a page's own where they are opened as one. */
const drawings: ReadonlySet<string> = new Set(['svg'])
const plainDownload = 'application/octet-stream'

export interface ShownAs {
  readonly type: string
  readonly isDownload: boolean
}

/**
 * `destination` is the browser's own `Sec-Fetch-Dest`. A drawing is one for `<img>`, or where no browser says what it is
 * for (plain http on a LAN); pictures ignore the disposition that keeps it from being opened.
 */
export function shownAs(filename: string, destination: string | undefined): ShownAs {
  const ending = endingOf(filename)
  if (drawings.has(ending)) {
    const isPicture = destination === undefined || destination === 'image'
    return { type: isPicture ? 'image/svg+xml' : plainDownload, isDownload: true }
  }
  const type = Object.hasOwn(inlineTypes, ending) ? inlineTypes[ending] : undefined
  return type === undefined ? { type: plainDownload, isDownload: true } : { type, isDownload: false }
}

/** Lower case, without the dot; empty when there is none. */
export function endingOf(filename: string): string {
  const dot = filename.lastIndexOf('.')
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase()
}

const headerUnsafe = /[^\x20-\x7e]|["\\%;]/g

/**
 * `filename="x.png"` as ComfyUI has it; a name that could end the quoted text or is not ASCII goes into `filename*`
 * (RFC 6266, RFC 8187) beside a plain one.
 */
export function contentDisposition(filename: string, isDownload: boolean): string {
  const plain = filename.replace(headerUnsafe, '_')
  const exact = plain === filename ? '' : `; filename*=UTF-8''${encodeExtended(filename)}`
  return `${isDownload ? 'attachment; ' : ''}filename="${plain}"${exact}`
}

function encodeExtended(text: string): string {
  const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text.toWellFormed()).replace(/['()*!]/g, percent)
}
