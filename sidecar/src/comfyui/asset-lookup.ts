/** Is the kept copy of a static file still ComfyUI's? Asked by its tag; a hashed name once per process of ComfyUI. */
import type { Readable } from 'node:stream'
import { LRUCache } from 'lru-cache'
import { GatehouseError } from '../gatehouse-error.ts'
import type { AssetBodies } from './asset-bodies.ts'
import { assetType, isHashedAsset } from './asset-kind.ts'
import type { AssetRecord, AssetStore } from './asset-store.ts'
import type { OpenUpstream, UpstreamReply } from './fetch-upstream.ts'
import { readUpTo } from './open-upstream.ts'
import { hashTag } from './representation.ts'
import { createSingleFlight } from './single-flight.ts'

export type Looked =
  | { readonly kind: 'kept'; readonly record: AssetRecord }
  | { readonly kind: 'missing' }
  /** Too large to keep. */
  | { readonly kind: 'large' }

export interface AssetLookup {
  /** @throws comfyui_down */
  find(path: string): Promise<Looked>
  forget(path: string): Promise<void>
  invalidate(): void
}

export interface AssetLookupOptions {
  readonly open: OpenUpstream
  readonly store: AssetStore
  readonly bodies: AssetBodies
  readonly clock: () => number
  readonly maxFileBytes: number
  readonly freshMs: number
}

interface Believed {
  readonly looked: Looked
  readonly generation: number
  readonly atMs: number
}

const maxBelieved = 5000

export function createAssetLookup(options: AssetLookupOptions): AssetLookup {
  const { clock, freshMs, store } = options
  const believed = new LRUCache<string, Believed>({ max: maxBelieved })
  const flights = createSingleFlight<Looked>()
  let generation = 0

  const isFresh = (path: string, entry: Believed): boolean => {
    if (entry.generation !== generation) return false
    // A stream asks ComfyUI anyway, and so finds out that a large file has gone.
    return entry.looked.kind === 'large' || isHashedAsset(path) || clock() - entry.atMs < freshMs
  }

  const look = async (path: string): Promise<Looked> => {
    const own = generation
    const before = believed.get(path)?.looked
    const record = before?.kind === 'kept' ? before.record : await store.find(path)
    const looked = await askUpstream(options, path, record)
    if (looked.kind === 'missing') believed.delete(path)
    else believed.set(path, { looked, generation: own, atMs: clock() })
    return looked
  }

  return {
    find: async (path) => {
      const entry = believed.get(path)
      if (entry !== undefined && isFresh(path, entry)) return entry.looked
      return flights.run(`${generation} ${path}`, () => look(path))
    },
    forget: async (path) => {
      believed.delete(path)
      // A record that cannot be removed is found damaged again, and passed through.
      await store.forget(path).catch(() => undefined)
    },
    invalidate: () => {
      generation += 1
    },
  }
}

async function askUpstream(
  options: AssetLookupOptions,
  path: string,
  before: AssetRecord | undefined,
): Promise<Looked> {
  try {
    const headers = before === undefined || before.upstreamTag === '' ? {} : { 'if-none-match': before.upstreamTag }
    return await readReply(options, path, before, await options.open(`/${path}`, { headers }))
  } catch (cause) {
    // While ComfyUI restarts, open tabs still load chunks; a hashed name cannot mean other bytes.
    if (before !== undefined && isHashedAsset(path)) return { kind: 'kept', record: before }
    if (cause instanceof GatehouseError) throw cause
    throw new GatehouseError('comfyui_down', { cause })
  }
}

async function readReply(
  { maxFileBytes, bodies }: AssetLookupOptions,
  path: string,
  before: AssetRecord | undefined,
  { status, headers, body }: UpstreamReply<Readable>,
): Promise<Looked> {
  if (status !== 200) body.destroy()
  if (status === 304 && before !== undefined) return { kind: 'kept', record: before }
  if (status >= 500) throw new GatehouseError('comfyui_down', { detail: `a static file answered ${status}` })
  if (status !== 200) return { kind: 'missing' }
  const bytes = await readUpTo(body, Number(headers.get('content-length') ?? 0), maxFileBytes)
  if (bytes === undefined) return { kind: 'large' }
  const type = assetType(path, headers.get('content-type'))
  const record: AssetRecord = { path, upstreamTag: headers.get('etag') ?? '', type, tag: hashTag(bytes) }
  await bodies.keep(record, 'identity', bytes)
  return { kind: 'kept', record }
}
