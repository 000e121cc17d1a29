/** What is known about a static file from its path alone? Whether its name changes with its content, and its type. */

// Vite names chunks by 8 characters of a base64url hash. A digit or a capital tells them from words such as
// `sorted-custom-node-map.json`; all 467 hashed files of frontend 1.49.6 have one, and a miss only costs a question.
const hashedName = /^assets\/[^/]+-(?=[A-Za-z0-9_-]{8}\.)[A-Za-z0-9_-]*[A-Z0-9][A-Za-z0-9_-]*\.[a-z0-9]+$/

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  cur: 'image/x-icon',
  gif: 'image/gif',
  glb: 'model/gltf-binary',
  gltf: 'model/gltf+json',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  otf: 'font/otf',
  png: 'image/png',
  svg: 'image/svg+xml',
  ttf: 'font/ttf',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
}

/** Whether the path, without its leading slash, can never mean other bytes. */
export function isHashedAsset(path: string): boolean {
  return hashedName.test(path)
}

/** aiohttp guesses from the machine's tables, which call a `.woff2` an `application/octet-stream`. */
export function assetType(path: string, upstreamType: string | undefined): string {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  return (Object.hasOwn(types, ending) ? types[ending] : undefined) ?? upstreamType ?? 'application/octet-stream'
}

/** Custom nodes change their files in place and may not be public; the stock package may be kept by shared caches. */
export function assetCacheControl(path: string): string {
  if (isHashedAsset(path)) return 'public, max-age=31536000, immutable'
  return path.startsWith('extensions/') && !path.startsWith('extensions/core/') ? 'private, no-cache' : 'no-cache'
}
