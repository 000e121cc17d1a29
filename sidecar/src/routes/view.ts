/** Which files can be looked at? */
import { empty } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { rooted } from '../policy/isolation.ts'
import { conditionalHeaders, outgoing } from '../policy/outgoing.ts'
import { routes, row } from '../policy/row.ts'
import type { FileName, FileRoot, World } from '../policy/world.ts'
import { splitAnnotation } from '../transform/rooted-path.ts'

/** A cached answer is never shown without asking, and never to the next person in the same browser. */
export const tenantFileHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'Cookie, Authorization',
  'x-content-type-options': 'nosniff',
  // Tenant-made markup (SVG, HTML) never runs with the rights of our pages.
  'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'",
  'cross-origin-resource-policy': 'same-origin',
} as const

const previewFormat = /^(?:webp|jpeg|jpg|png)(?:;\d{1,3})?$/
const channels: ReadonlySet<string> = new Set(['rgba', 'rgb', 'a'])

function parseRoot(type: string): FileRoot | undefined {
  return type === 'input' || type === 'output' || type === 'temp' ? type : undefined
}

/** The file that ComfyUI would open: the annotation of the name overrides `type`. */
function namedFile(request: CanonicalRequest): FileName | undefined {
  const written = request.query.get('filename') ?? ''
  const { name, root: annotated } = splitAnnotation(written)
  const root = annotated ?? parseRoot(request.query.get('type') ?? 'output')
  if (root === undefined || name === '') return undefined
  // ComfyUI drops the directory part of `filename` and looks in `subfolder`.
  return { root, subfolder: request.query.get('subfolder') ?? '', filename: name.split('/').at(-1) ?? '' }
}

/** ComfyUI looks such a name up among everybody's assets, whatever type and subfolder say (server.py view_image). */
const assetHash = /^blake3:/i

async function view(request: CanonicalRequest, world: World) {
  const named = namedFile(request)
  if (named === undefined || assetHash.test(named.filename)) return empty(404)
  const own = await world.files.toUpstream(named)
  if (own === undefined) return empty(404)
  const preview = request.query.get('preview') ?? ''
  const channel = request.query.get('channel') ?? ''
  return outgoing({
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    segments: ['view'],
    query: {
      filename: own.filename,
      type: own.root,
      subfolder: own.subfolder,
      ...(previewFormat.test(preview) ? { preview } : {}),
      ...(channels.has(channel) ? { channel } : {}),
    },
    headers: conditionalHeaders(request),
  })
}

/** ComfyUI names the file it opened; a temp file goes by another name here (ledger/tenant-secrets.ts ownTempName). */
function headersOf(request: CanonicalRequest) {
  const named = namedFile(request)
  if (named?.root !== 'temp') return tenantFileHeaders
  return { ...tenantFileHeaders, 'content-disposition': `filename="${named.filename}"` }
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
