/** Which listings need not be made again? Those asked for since the ledger last changed; the stock UI asks on every `status`. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Json } from '@gatehouse/shared/json'
import { LRUCache } from 'lru-cache'
import type { JobStore } from '../store/job-store.ts'
import { stringifyJsonInTurns } from '../transform/lossless-json.ts'

export type Rendered = (tenantId: TenantId, key: string, make: () => Promise<Json>) => Promise<Uint8Array>

interface Entry {
  readonly version: string
  readonly bytes: Uint8Array
}

const maxBytes = 16 * 1024 * 1024
/** A history of thousands of jobs would push everybody else's listings out. */
const maxEntryBytes = 2 * 1024 * 1024

export function createRendered(store: Pick<JobStore, 'version'>): Rendered {
  const entries = new LRUCache<string, Entry>({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes.length + 200 })
  return async (tenantId, key, make) => {
    // Taken before the rows are read: what changes meanwhile is noticed next time.
    const version = await store.version()
    const name = JSON.stringify([tenantId, key])
    const known = entries.get(name)
    if (known?.version === version) return known.bytes
    const bytes = Buffer.from(await stringifyJsonInTurns(await make()))
    if (bytes.length <= maxEntryBytes) entries.set(name, { version, bytes })
    return bytes
  }
}
