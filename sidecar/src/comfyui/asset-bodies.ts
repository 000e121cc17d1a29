/** Where is the body of a static file in a coding? In memory, else on disk, else made from the plain one. */
import { LRUCache } from 'lru-cache'
import type { AssetRecord, AssetStore } from './asset-store.ts'
import { type Coding, compress } from './compress.ts'
import { createSingleFlight } from './single-flight.ts'

/** The plain body is gone from disk, or damaged: it must be fetched again. */
export class LostBody extends Error {}

export interface AssetBodies {
  /** @throws LostBody */
  get(record: AssetRecord, coding: Coding): Promise<Uint8Array>
  keep(record: AssetRecord, coding: Coding, body: Uint8Array): Promise<void>
}

export function createAssetBodies(store: AssetStore, maxMemoryBytes: number): AssetBodies {
  const memory = new LRUCache<string, Uint8Array>({
    maxSize: maxMemoryBytes,
    sizeCalculation: ({ length }) => length + 1,
  })
  const flights = createSingleFlight<Uint8Array>()

  const keep: AssetBodies['keep'] = async (record, coding, body) => {
    memory.set(keyOf(record, coding), body)
    // A disk that takes nothing makes this cache slower, not wrong: the body is fetched again when memory drops it.
    await store.keep(record, coding, body).catch(() => undefined)
  }

  const get = async (record: AssetRecord, coding: Coding): Promise<Uint8Array> => {
    const key = keyOf(record, coding)
    return memory.get(key) ?? flights.run(key, () => find(record, coding))
  }

  const find = async (record: AssetRecord, coding: Coding): Promise<Uint8Array> => {
    const stored = await store.body(record, coding)
    if (stored !== undefined) {
      memory.set(keyOf(record, coding), stored)
      return stored
    }
    if (coding === 'identity') throw new LostBody(record.path)
    const body = await compress(await get(record, 'identity'), coding)
    await keep(record, coding, body)
    return body
  }

  return { get, keep }
}

function keyOf({ path, tag }: AssetRecord, coding: Coding): string {
  return `${coding} ${tag} ${path}`
}
