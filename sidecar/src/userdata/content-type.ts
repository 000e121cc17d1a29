/** As what may a person's own file be offered? Never as anything a browser would run. */

// Python's mimetypes for what people keep beside workflows, less folder_paths.DANGEROUS_CONTENT_TYPES (0.33.0).
const harmlessTypes: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  csv: 'text/csv',
  flac: 'audio/flac',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  pdf: 'application/pdf',
  png: 'image/png',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  wav: 'audio/x-wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
}

/** The type of a download; whatever is not known to be harmless is a plain download. */
export function harmlessType(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  return Object.hasOwn(harmlessTypes, extension) ? (harmlessTypes[extension] ?? plainDownload) : plainDownload
}

const plainDownload = 'application/octet-stream'
