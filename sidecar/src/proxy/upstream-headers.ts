/** Which headers go upstream, and which come back down? Both lists start empty. */

/** Name and value. */
export type IdentityHeader = readonly [string, string]

/**
 * Visible ASCII as it is, everything else (and `%`) percent-encoded as UTF-8: a header holds no other text, and no two
 * names may become one.
 */
export function identityHeader(name: string, userName: string): IdentityHeader {
  return [name, userName.replaceAll(/[^\x21-\x7e]+|%/gu, encodeURIComponent)]
}

export interface UpstreamHeadersInput {
  /** `host:port` of ComfyUI: its origin check compares it. */
  readonly host: string
  readonly guardSecret: string | undefined
  /** Added by the row by name. */
  readonly named: Readonly<Record<string, string>>
  /** Offered to custom nodes: name and value of the mapped identity, when configured. */
  readonly identity: IdentityHeader | undefined
}

const guardHeader = 'x-gatehouse-guard'

/** The client's own cookie, authorization, origin, forwarding and `comfy-user` headers have no way in. */
export function upstreamHeaders(input: UpstreamHeadersInput): Record<string, string> {
  return {
    host: input.host,
    'accept-encoding': 'identity',
    ...input.named,
    ...(input.guardSecret === undefined ? {} : { [guardHeader]: input.guardSecret }),
    ...(input.identity === undefined ? {} : { [input.identity[0]]: input.identity[1] }),
  }
}

/** Response headers that describe the body; hop-by-hop headers, cookies and `Server` stay behind. */
const describing: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
])

/** Keeps the describing headers of a raw `[name, value, ...]` list, duplicates included. */
export function downstreamHeaders(raw: readonly (Buffer | string)[]): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = String(raw[index]).toLowerCase()
    const value = raw[index + 1]
    // latin1: what aiohttp wrote byte for byte is what goes down.
    if (describing.has(name) && value !== undefined)
      kept.push(name, typeof value === 'string' ? value : value.toString('latin1'))
  }
  return kept
}
