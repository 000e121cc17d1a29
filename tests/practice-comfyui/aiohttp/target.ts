/** What do aiohttp and yarl read out of a request target? One lenient path, decoded for matching, and a multi-valued query. */

export interface Target {
  /** Percent-decoded for matching: `%2F` and `%25` stay encoded (yarl `path_safe`). */
  readonly path: string
  /** As sent, without scheme and authority, query and fragment. */
  readonly rawPath: string
  readonly query: readonly (readonly [string, string])[]
}

/** Absolute-form targets lose their authority, a fragment is dropped: both reach the handler in ComfyUI. */
export function parseTarget(raw: string): Target {
  const relative = raw.replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*/, '')
  const withoutFragment = relative.split('#', 1)[0] ?? ''
  const mark = withoutFragment.indexOf('?')
  const rawPath = (mark === -1 ? withoutFragment : withoutFragment.slice(0, mark)) || '/'
  const queryText = mark === -1 ? '' : withoutFragment.slice(mark + 1)
  return { path: decodePath(rawPath), rawPath, query: parseQuery(queryText) }
}

/** Python's `parse_qsl(keep_blank_values=True)`: `&` separates, `+` is a space, broken bytes become U+FFFD. */
export function parseQuery(text: string): (readonly [string, string])[] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=')
      const key = mark === -1 ? pair : pair.slice(0, mark)
      const value = mark === -1 ? '' : pair.slice(mark + 1)
      return [decodeFormComponent(key), decodeFormComponent(value)] as const
    })
}

/** A value captured from the path, its `%2F` and `%25` decoded at last (`_unquote_path_safe`). */
export function decodeCaptured(value: string): string {
  return value.replaceAll('%2F', '/').replaceAll('%25', '%')
}

/** Python's `urllib.parse.unquote`: broken bytes become U+FFFD, lone `%` stay. */
export function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => bytesOf(run).toString('utf8'))
}

function decodeFormComponent(text: string): string {
  return unquote(text.replaceAll('+', ' '))
}

function decodePath(raw: string): string {
  return raw.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => decodeRun(run))
}

function decodeRun(run: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let made = ''
  let pending = ''
  const flush = () => {
    if (pending === '') return
    try {
      made += decoder.decode(bytesOf(pending))
    } catch {
      // yarl leaves bytes that are not UTF-8 percent-encoded.
      made += pending
    }
    pending = ''
  }
  for (const sequence of run.match(/%../g) ?? []) {
    const upper = sequence.toUpperCase()
    if (upper === '%2F' || upper === '%25') {
      flush()
      made += upper
    } else pending += sequence
  }
  flush()
  return made
}

function bytesOf(run: string): Buffer {
  return Buffer.from(run.replaceAll('%', ''), 'hex')
}
