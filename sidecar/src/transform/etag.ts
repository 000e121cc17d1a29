/** Does the client hold this version already? Entity tags compared as RFC 9110 section 13.1.2 says. */

/** Whether an If-None-Match header names one of the tags; weak and strong tags compare alike. */
export function matchesEtag(header: string | undefined, tags: readonly string[]): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  const named = header.match(/(?:W\/)?"[^"]*"/g) ?? []
  const own = new Set(tags.map(opaque))
  return named.some((tag) => own.has(opaque(tag)))
}

/** Whether If-Modified-Since is not older than the file; HTTP dates have whole seconds. */
export function isUnmodifiedSince(header: string | undefined, modifiedMs: number): boolean {
  if (header === undefined) return false
  const sinceMs = Date.parse(header)
  return !Number.isNaN(sinceMs) && Math.floor(modifiedMs / 1000) * 1000 <= sinceMs
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
