/** What would ComfyUI answer in a unit test? Files and JSON set by the test, every question counted. */
import { createHash } from 'node:crypto'
import { GatehouseError } from '../gatehouse-error.ts'
import type { CanonicalRequest, SelectedHeaders } from '../policy/canonical-request.ts'
import type { FetchUpstream } from './fetch-upstream.ts'

export interface UpstreamDouble {
  readonly fetchUpstream: FetchUpstream
  /** Path to body; a path that is not here answers 404. */
  readonly files: Map<string, string | Uint8Array>
  /** `GET /path` or `304 /path`, in order. */
  readonly asked: string[]
  isDown: boolean
}

export function createUpstreamDouble(files: Readonly<Record<string, string | Uint8Array>>): UpstreamDouble {
  const double: UpstreamDouble = {
    files: new Map(Object.entries(files)),
    asked: [],
    isDown: false,
    fetchUpstream: async (path, options = {}) => {
      if (double.isDown) throw new GatehouseError('comfyui_down')
      const content = double.files.get(path)
      if (content === undefined) return reply(404, '<html>nothing</html>', 'text/html')
      const body = Buffer.from(content)
      const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 8)}"`
      const isSame = options.headers?.['if-none-match'] === etag
      double.asked.push(`${isSame ? '304' : 'GET'} ${path}`)
      return isSame
        ? reply(304, '', '', etag)
        : reply(200, body, path === '/' ? 'text/html' : 'application/json; charset=utf-8', etag)
    },
  }
  const reply = (status: number, body: string | Uint8Array, type: string, etag = '') => ({
    status,
    headers: new Map([
      ['content-type', type],
      ['etag', etag],
      ['content-length', String(body.length)],
    ]),
    body: Buffer.from(body),
  })
  return double
}

/** A request as the door hands it over. */
export function get(path: string, headers: SelectedHeaders = {}): CanonicalRequest {
  const segments = path.split('/').slice(1).map(decodeURIComponent)
  return { method: 'GET', segments, underApi: false, path, query: new Map(), headers }
}
