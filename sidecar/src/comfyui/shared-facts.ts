/** Which facts of ComfyUI are the same for everybody? The world's window on the caches. */
import type { SharedFacts } from '../policy/world.ts'
import type { JsonCache } from './json-cache.ts'
import type { ObjectInfoCache } from './object-info.ts'

export interface SharedFactsOptions {
  readonly objectInfo: ObjectInfoCache
  readonly jsonCache: JsonCache
}

export function createSharedFacts({ objectInfo, jsonCache }: SharedFactsOptions): SharedFacts {
  return {
    objectInfo: () => objectInfo.current(),
    getJson: (path, query) => jsonCache.read(path, query),
  }
}

/** Names at the root of ComfyUI's input directory; `"x.png [input]"`, before 0.9 `"x.png"` (internal_routes.py). */
export async function readInputFiles(jsonCache: JsonCache): Promise<ReadonlySet<string>> {
  const { status, value } = await jsonCache.read('/internal/files/input')
  if (status !== 200 || !Array.isArray(value)) return new Set()
  const names = value.filter((name) => typeof name === 'string')
  return new Set(names.map((name) => name.replace(/ \[input\]$/, '')))
}
