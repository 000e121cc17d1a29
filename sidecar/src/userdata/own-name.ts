/** Which file does a client's name mean? Segments below a person's own root, or the reason why it can mean none. */
import { unquoteToFixpoint } from './unquote.ts'

export type OwnName =
  | { readonly kind: 'own'; readonly segments: readonly string[] }
  /** Leaves the root: ComfyUI answers 403, or 400 on `/v2/userdata`. */
  | { readonly kind: 'outside' }
  /** No file system could hold it, or two would disagree about it. */
  | { readonly kind: 'invalid'; readonly reason: string }

const maxSegmentBytes = 255
const maxNameBytes = 1024
const maxDepth = 64
const unprintable = /\p{Cc}|[\ufffe\uffff]/u
const windowsForbidden = /[<>:"|?*]|[. ]$/
const windowsDevice =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i

/**
 * Judges a name the door decoded once. `a//b`, `./a` and `a/` mean what `os.path.abspath` makes of them
 * (ComfyUI get_request_user_filepath 0.33.0); `..` is refused even where it would stay inside.
 */
export function parseOwnName(raw: string, platform: NodeJS.Platform): OwnName {
  const decoded = unquoteToFixpoint(raw)
  if (decoded === undefined) return { kind: 'invalid', reason: 'it is encoded too many times' }
  const problem = characterProblem(decoded)
  if (problem !== undefined) return { kind: 'invalid', reason: problem }
  if (decoded.startsWith('/')) return { kind: 'outside' }
  if (platform === 'win32' && /^[a-z]:/i.test(decoded)) return { kind: 'outside' }
  const segments = decoded.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) return { kind: 'outside' }
  const oversize = sizeProblem(segments)
  if (oversize !== undefined) return { kind: 'invalid', reason: oversize }
  if (
    platform === 'win32' &&
    segments.some((segment) => windowsForbidden.test(segment) || windowsDevice.test(segment))
  ) {
    return { kind: 'invalid', reason: 'it has a character or a name that Windows keeps for itself' }
  }
  return { kind: 'own', segments }
}

function characterProblem(name: string): string | undefined {
  if (unprintable.test(name)) return 'it has a control character'
  if (name.includes('\\')) return 'it has a backslash'
  return name.isWellFormed() ? undefined : 'it is not valid Unicode'
}

function sizeProblem(segments: readonly string[]): string | undefined {
  if (segments.length > maxDepth) return `it is more than ${maxDepth} folders deep`
  if (segments.some((segment) => Buffer.byteLength(segment) > maxSegmentBytes)) {
    return `a part of it is longer than ${maxSegmentBytes} bytes`
  }
  return Buffer.byteLength(segments.join('/')) > maxNameBytes ? `it is longer than ${maxNameBytes} bytes` : undefined
}
