/** Where does the page get our extension when the pack is not installed in ComfyUI? From the sidecar's own build. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Answer } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { ownExtensionPath } from '../routes/extensions.ts'

/** Answers our own path and leaves every other one to ComfyUI. */
export function ownExtensionAnswer(file: string): (request: CanonicalRequest) => Promise<Answer | undefined> {
  let loaded: Promise<{ readonly body: Uint8Array; readonly etag: string }> | undefined
  const load = async () => {
    const body = await readFile(file)
    return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
  }
  return async (request) => {
    if (request.path !== ownExtensionPath) return undefined
    loaded ??= load()
    const { body, etag } = await loaded
    const headers = { etag, 'cache-control': 'no-cache', 'content-type': 'text/javascript; charset=utf-8' }
    if (request.headers.ifNoneMatch === etag) return { kind: 'empty', status: 304, headers }
    return { kind: 'bytes', status: 200, body, headers }
  }
}
