/** Which files can be looked at, and as what are they shown? */
import type { Answer } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { rooted } from '../policy/isolation.ts'
import { conditionalHeaders, outgoing } from '../policy/outgoing.ts'
import { routes, row } from '../policy/row.ts'
import type { FileName, FileRoot, World } from '../policy/world.ts'
import { plainFolder, splitAnnotation } from '../transform/rooted-path.ts'
import { contentDisposition, shownAs } from '../transform/shown-as.ts'

/** A cached answer is never shown without asking, and never to the next person in the same browser. */
const tenantFileHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'Cookie, Authorization, Sec-Fetch-Dest',
  'x-content-type-options': 'nosniff',
  // Tenant-made markup (SVG, HTML) never runs with the rights of our pages.
  'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
} as const

/** Of everything that is no file, whoever asks and why ever there is none. */
const noFileHeaders = { ...tenantFileHeaders, 'content-type': 'application/octet-stream' } as const
const absent: Answer = { kind: 'empty', status: 404, headers: noFileHeaders }

const withFile: ReadonlySet<number> = new Set([200, 206, 304])
const channels: ReadonlySet<string> = new Set(['rgba', 'rgb', 'a'])

function parseRoot(type: string): FileRoot | undefined {
  return type === 'input' || type === 'output' || type === 'temp' ? type : undefined
}

/** The file that ComfyUI would open: the annotation of the name overrides `type`. */
function namedFile(request: CanonicalRequest): FileName | undefined {
  const written = request.query.get('filename') ?? ''
  const { name, root: annotated } = splitAnnotation(written)
  const root = annotated ?? parseRoot(request.query.get('type') ?? 'output')
  const subfolder = plainFolder(request.query.get('subfolder') ?? '')
  if (root === undefined || subfolder === undefined || name === '') return undefined
  // ComfyUI drops the directory part of `filename` and looks in `subfolder`.
  return { root, subfolder, filename: name.split('/').at(-1) ?? '' }
}

/** ComfyUI looks such a name up among everybody's assets, whatever type and subfolder say (server.py view_image). */
const assetHash = /^blake3:/i

async function view(request: CanonicalRequest, world: World) {
  const named = namedFile(request)
  if (named === undefined || assetHash.test(named.filename)) return absent
  const own = await world.files.toUpstream(named)
  if (own === undefined) return absent
  const preview = parsePreview(request)
  const channel = request.query.get('channel') ?? ''
  return outgoing({
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    segments: ['view'],
    query: {
      filename: own.filename,
      type: own.root,
      subfolder: own.subfolder,
      ...(preview === undefined ? {} : { preview: `${preview.format};${preview.quality}` }),
      ...(channels.has(channel) ? { channel } : {}),
    },
    // Places in a file that is shown in part are not those of the file.
    ...(world.limits.stripsMetadata ? { strippedAs: named.filename } : { headers: conditionalHeaders(request) }),
  })
}

interface Preview {
  readonly format: 'webp' | 'jpeg'
  readonly quality: number
}

const defaultQuality = 90

/** As ComfyUI reads it: every other format, and one with a transparent channel, is WebP (server.py view_image, 0.33.0). */
function parsePreview({ query }: CanonicalRequest): Preview | undefined {
  const written = query.get('preview')
  if (written === undefined) return undefined
  const parts = written.split(';')
  const quality = /^[0-9]{1,3}$/.test(parts.at(-1) ?? '') ? Math.min(Number(parts.at(-1)), 100) : defaultQuality
  const isJpeg = parts[0] === 'jpeg' && !(query.get('channel') ?? '').includes('a')
  return { format: isJpeg ? 'jpeg' : 'webp', quality }
}

/** What ComfyUI says of the type and the name counts for nothing: old versions show markup as a page. */
function headersOf(request: CanonicalRequest, status: number): Readonly<Record<string, string>> {
  const named = namedFile(request)
  if (named === undefined || !withFile.has(status)) return noFileHeaders
  const { type, isDownload } = shownIn(request, named)
  return {
    ...tenantFileHeaders,
    'content-type': type,
    // ComfyUI names the file it opened; a temp file goes by another name here (ledger/tenant-secrets.ts ownTempName).
    'content-disposition': contentDisposition(named.filename, isDownload),
  }
}

/** What was decoded and encoded again is a picture of a known kind. */
function shownIn(request: CanonicalRequest, named: FileName): ReturnType<typeof shownAs> {
  const preview = parsePreview(request)
  if (preview !== undefined) return { type: `image/${preview.format}`, isDownload: false }
  const channel = request.query.get('channel')
  if (channel === 'rgb' || channel === 'a') return { type: 'image/png', isDownload: false }
  return shownAs(named.filename, request.headers.secFetchDest)
}

export const viewFiles = routes('view', {
  says: 'A file belongs to the tenant in whose folder it lies, whatever type, subfolder or annotation names it.',
  source: 'ComfyUI server.py view_image, folder_paths.annotated_filepath @ 0.33.0',
  table: {
    'GET /view': row(
      'output:read',
      rooted('type, subfolder and annotation are read as ComfyUI reads them', view, headersOf),
    ),
  },
})
