/** What does a percent-encoded name say in the end? Python's `urllib.parse.unquote`, repeated until nothing changes. */

const maxRounds = 8
// Python decodes with errors='replace' and keeps a byte order mark.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The name after every layer of encoding; undefined when there are too many layers. ComfyUI decodes userdata names once
 * or twice more after aiohttp did (get_request_user_filepath, list_userdata_v2 0.33.0), which is how `%252E%252E` got
 * past a check of the once decoded name; a name without any layer left cannot be read in two ways.
 */
export function unquoteToFixpoint(name: string): string | undefined {
  let current = name
  for (let round = 0; round < maxRounds; round += 1) {
    const next = unquote(current)
    if (next === current) return current
    current = next
  }
  return undefined
}

/** One round; what is not a complete escape stays as it is, as in Python. */
export function unquote(name: string): string {
  return name.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => utf8.decode(Buffer.from(escapes.replaceAll('%', ''), 'hex')))
}
