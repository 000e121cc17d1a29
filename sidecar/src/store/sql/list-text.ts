/** How is a short list kept in one column? As JSON; a damaged one limits to nothing at all. */
import { type Permission, parsePermission } from '@gatehouse/shared/roles'

export function listText(list: readonly string[] | null | undefined): string | null {
  return list == null ? null : JSON.stringify(list)
}

/** Null is no limit; what cannot be read is the empty list. */
export function parseList(text: string | null): readonly string[] | null {
  if (text === null) return null
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
  } catch {
    return []
  }
}

/** A permission that is gone from the table allows nothing. */
export function parseScopes(text: string | null): readonly Permission[] | null {
  return parseList(text)?.flatMap((scope) => parsePermission(scope) ?? []) ?? null
}
