/** How are static files answered faster than ComfyUI does? Fetched once, compressed once, kept on disk, revalidated. */
import { type Answer, empty } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { createAssetBodies, LostBody } from './asset-bodies.ts'
import { assetCacheControl } from './asset-kind.ts'
import { createAssetLookup } from './asset-lookup.ts'
import { createAssetStore } from './asset-store.ts'
import type { FetchUpstream, OpenUpstream } from './fetch-upstream.ts'
import { missingAsset } from './missing-asset.ts'
import { openFrom } from './open-upstream.ts'
import { answerWith, isCompressibleType } from './representation.ts'
import { streamAsset } from './stream-asset.ts'

export interface AssetCache {
  /** GET and HEAD of one static file; its path is the request's, its query means nothing. @throws comfyui_down */
  answer(request: CanonicalRequest): Promise<Answer>
  /** ComfyUI is a new process: every file is asked for again, by its tag. */
  invalidate(): void
}

export interface AssetCacheOptions {
  readonly fetchUpstream: FetchUpstream
  /** Opens without reading; without it, files too large to keep pass through memory. */
  readonly openUpstream?: OpenUpstream
  readonly directory: string
  readonly clock: () => number
  readonly maxDiskBytes?: number
  readonly maxMemoryBytes?: number
  /** Larger files are streamed and not kept. */
  readonly maxFileBytes?: number
  /** How long a file without a hash in its name is believed without asking. */
  readonly freshMs?: number
}

const mebibyte = 1024 * 1024

export function createAssetCache(options: AssetCacheOptions): AssetCache {
  const { clock, directory, maxDiskBytes = 512 * mebibyte, maxMemoryBytes = 32 * mebibyte } = options
  const { maxFileBytes = 16 * mebibyte, freshMs = 1000 } = options
  const open = options.openUpstream ?? openFrom(options.fetchUpstream)
  const store = createAssetStore({ directory, maxBytes: maxDiskBytes })
  const bodies = createAssetBodies(store, maxMemoryBytes)
  const lookup = createAssetLookup({ open, store, bodies, clock, maxFileBytes, freshMs })

  const answerPath = async (path: string, request: CanonicalRequest, mayFetchAgain: boolean): Promise<Answer> => {
    const looked = await lookup.find(path)
    if (looked.kind === 'missing') return missingAsset
    if (looked.kind === 'large') return streamAsset(open, path, request)
    const { record } = looked
    const isCompressible = isCompressibleType(record.type)
    try {
      const representation = { ...record, isCompressible, body: bodies.get.bind(undefined, record) }
      return await answerWith(representation, request, assetCacheControl(path))
    } catch (cause) {
      if (!(cause instanceof LostBody)) throw cause
      // Damaged on disk, or dropped to make room: fetched again once, then passed through.
      await lookup.forget(path)
      return mayFetchAgain ? answerPath(path, request, false) : streamAsset(open, path, request)
    }
  }

  return {
    answer: async (request) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return empty(405)
      return answerPath(request.segments.map(encodeURIComponent).join('/'), request, true)
    },
    invalidate: () => lookup.invalidate(),
  }
}
