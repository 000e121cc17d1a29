/** Which file does `/view` show, and in which form? (`server.py:view_image`, `view_metadata`) */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type Answer, bytes, empty, file, json } from '../aiohttp/answer.ts'
import { guessType, isDangerousType } from '../aiohttp/content-types.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { folderByType, isFile, isInside, splitAnnotation } from '../directories.ts'
import { type DecodedPng, decodePng, encodePng } from '../nodes/png.ts'
import { encodeWebp } from '../nodes/webp.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { isDict } from '../python/values.ts'
import { modelFilePath } from './model-folders.ts'

export function viewRoutes(comfyui: Comfyui): RouteTable {
  return {
    'GET /view': (request) => view(comfyui, request),
    'GET /view_metadata/{folder_name}': (request) => viewMetadata(comfyui, request),
  }
}

function view({ directories }: Comfyui, request: IncomingRequest): Answer {
  const asked = request.query('filename')
  if (asked === undefined) return empty(404)
  // A hash is looked for among the assets, of which there are none.
  if (asked.startsWith('blake3:')) return empty(404)
  const { name, type } = splitAnnotation(asked)
  if (name === '' || name.startsWith('/') || name.includes('..')) return empty(400)
  const folder = folderByType(directories, type ?? request.query('type') ?? 'output')
  if (folder === undefined) return empty(400)
  const subfolder = request.query('subfolder')
  const parent = subfolder === undefined ? folder : resolve(folder, subfolder)
  if (!isInside(folder, parent)) return empty(403)
  const filename = basename(name)
  const path = join(parent, filename)
  if (!isFile(path)) return empty(404)
  if (request.query('preview') !== undefined) return preview(path, filename, request)
  const channel = request.query('channel')
  if (channel === 'rgb' || channel === 'a') return channelOf(path, filename, channel)
  return whole(path, filename, request.header('sec-fetch-dest'))
}

function whole(path: string, filename: string, destination: string | undefined): Answer {
  const quoted = filename.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  const type = guessType(filename) ?? 'application/octet-stream'
  const inline = `filename="${quoted}"`
  const sniffing = ['X-Content-Type-Options', 'nosniff'] as const
  if (!isDangerousType(type)) {
    return file(path, [sniffing, ['Content-Disposition', inline], ['Content-Type', type]])
  }
  // An SVG inside <img> runs nothing, so it alone stays inline there.
  const harmless = destination === 'image' && type === 'image/svg+xml'
  return file(path, [
    sniffing,
    ['Vary', 'Sec-Fetch-Dest'],
    ['Cache-Control', 'no-store'],
    ['Content-Disposition', harmless ? inline : `attachment; ${inline}`],
    ['Content-Type', harmless ? type : 'application/octet-stream'],
  ])
}

// Always WebP: the practice server writes no JPEG.
function preview(path: string, filename: string, request: IncomingRequest): Answer {
  const picture = decodePng(readFileSync(path))
  const isRgb = request.query('channel') === 'rgb'
  const pixels = isRgb ? picture.pixels.map((value, at) => (at % 4 === 3 ? 255 : value)) : picture.pixels
  return bytes(encodeWebp({ ...picture, pixels }), 'image/webp', [disposition(filename)])
}

function channelOf(path: string, filename: string, channel: 'rgb' | 'a'): Answer {
  const picture = decodePng(readFileSync(path))
  const made = channel === 'rgb' ? rgbOf(picture) : alphaOf(picture)
  return bytes(made, 'image/png', [disposition(filename)])
}

function rgbOf({ width, height, pixels }: DecodedPng): Buffer {
  return encodePng({ width, height, channels: 3, pixels: pixels.filter((_, at) => at % 4 !== 3) })
}

function alphaOf({ width, height, pixels, hasAlpha }: DecodedPng): Buffer {
  const alpha = pixels.map((value, at) => (at % 4 !== 3 ? 0 : hasAlpha ? value : 255))
  return encodePng({ width, height, channels: 4, pixels: alpha })
}

function disposition(filename: string): readonly [string, string] {
  return ['Content-Disposition', `filename="${filename}"`]
}

const headerLimitBytes = 1024 * 1024

function viewMetadata({ directories }: Comfyui, request: IncomingRequest): Answer {
  const filename = request.query('filename')
  if (filename === undefined || !filename.endsWith('.safetensors')) return empty(404)
  const path = modelFilePath(directories, request.params.get('folder_name') ?? '', filename)
  const header = path === undefined ? undefined : safetensorsHeader(path)
  const parsed = header === undefined ? undefined : parsePythonJson(header)
  const metadata = isDict(parsed) ? parsed.get('__metadata__') : undefined
  return metadata === undefined ? empty(404) : json(metadata)
}

function safetensorsHeader(path: string): string | undefined {
  const handle = openSync(path, 'r')
  try {
    const size = Buffer.alloc(8)
    readSync(handle, size, 0, 8, 0)
    const length = Number(size.readBigUInt64LE())
    if (length > headerLimitBytes) return undefined
    const header = Buffer.alloc(length)
    return readSync(handle, header, 0, length, 8) === length ? header.toString('utf8') : undefined
  } finally {
    closeSync(handle)
  }
}
