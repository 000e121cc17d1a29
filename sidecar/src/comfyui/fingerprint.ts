/** Did models or packs change since the last look? A hash over what ComfyUI lists cheaply, unlike `/object_info`. */
import { createHash } from 'node:crypto'
import type { FetchUpstream } from './fetch-upstream.ts'

// `custom_nodes` and `datasets` list every file below them, and packs change with a restart only.
const costlyFolders = new Set(['custom_nodes', 'datasets'])
const atOnce = 6

/** A function that takes the fingerprint. @throws comfyui_down */
export function createFingerprint(fetchUpstream: FetchUpstream): () => Promise<string> {
  return async () => {
    const models = await fetchUpstream('/models')
    const folders = parseNames(models.body).filter((folder) => !costlyFolders.has(folder))
    const paths = ['/embeddings', '/extensions', ...folders.map((folder) => `/models/${encodeURIComponent(folder)}`)]
    const hash = createHash('sha256').update(models.body)
    for (let first = 0; first < paths.length; first += atOnce) {
      const replies = await Promise.all(paths.slice(first, first + atOnce).map((path) => fetchUpstream(path)))
      for (const { status, body } of replies) hash.update(`${status} ${body.length} `).update(body)
    }
    return hash.digest('base64url')
  }
}

function parseNames(body: Uint8Array): readonly string[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : []
  } catch (cause) {
    // Older than /models: the other lists have to do.
    if (cause instanceof SyntaxError) return []
    throw cause
  }
}
