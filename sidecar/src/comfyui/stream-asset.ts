/** How is a static file answered that is too large to keep? Straight from ComfyUI, ranges and conditions included. */
import { GatehouseError } from '../gatehouse-error.ts'
import type { Answer } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { conditionalHeaders } from '../policy/outgoing.ts'
import { assetCacheControl, assetType } from './asset-kind.ts'
import type { OpenUpstream } from './fetch-upstream.ts'
import { missingAsset } from './missing-asset.ts'

const passedOn = ['content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified']

/** @throws comfyui_down */
export async function streamAsset(open: OpenUpstream, path: string, request: CanonicalRequest): Promise<Answer> {
  const { status, headers, body } = await open(`/${path}`, { headers: conditionalHeaders(request) })
  const named = passedOn.flatMap((name) => {
    const value = headers.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  const kept = { ...Object.fromEntries(named), 'cache-control': assetCacheControl(path) }
  if (status === 200 || status === 206) {
    return {
      kind: 'stream',
      status,
      body,
      headers: { ...kept, 'content-type': assetType(path, headers.get('content-type')) },
    }
  }
  body.destroy()
  if (status >= 500) throw new GatehouseError('comfyui_down', { detail: `a static file answered ${status}` })
  return status === 304 || status === 416 ? { kind: 'empty', status, headers: kept } : missingAsset
}
