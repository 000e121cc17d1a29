/** Which content type does a file name have? For `mimetypes.guess_type` (routes) and for aiohttp's own table (static). */
import { extname } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.bmp': 'image/bmp',
  '.ico': 'image/vnd.microsoft.icon',
  '.svg': 'image/svg+xml',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.avif': 'image/avif',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.mkv': 'video/x-matroska',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/x-wav',
  '.flac': 'audio/flac',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.m4a': 'audio/mp4',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.css': 'text/css',
  '.js': 'application/javascript',
  '.mjs': 'application/javascript',
  '.json': 'application/json',
  '.xml': 'text/xml',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.pdf': 'application/pdf',
  '.wasm': 'application/wasm',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.mht': 'message/rfc822',
  '.mhtml': 'message/rfc822',
  '.glb': 'model/gltf-binary',
  '.zip': 'application/zip',
}

/** Python's `mimetypes.guess_type(name)[0]`. */
export function guessType(name: string): string | undefined {
  return types[extname(name).toLowerCase()]
}

// aiohttp keeps a table of its own, without what ComfyUI or the machine adds to Python's.
const unknownToAiohttp = new Set(['.webp', '.mkv', '.flac', '.m4a', '.md', '.woff', '.woff2', '.ttf', '.glb'])

/** The type of a static file or of an answer that named none. */
export function aiohttpTypeOf(path: string): string {
  const known = unknownToAiohttp.has(extname(path).toLowerCase()) ? undefined : guessType(path)
  return known ?? 'application/octet-stream'
}

const executable = new Set([
  'text/html',
  'text/html-sandboxed',
  'application/xhtml+xml',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'text/css',
  'image/svg+xml',
  'application/xml',
  'text/xml',
  'message/rfc822',
])

/** ComfyUI `folder_paths.is_dangerous_content_type`: a browser may run or render it. */
export function isDangerousType(type: string): boolean {
  return executable.has(type) || type.endsWith('+xml') || type.endsWith('/xml')
}
