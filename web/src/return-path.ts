/** Where may a login lead? To a path of our own origin and nowhere else. */

/** Paths that would lead straight back to a login, or to an answer that is no page. */
const noReturn = ['/login', '/auth_login.html', '/setup', '/gatehouse/api/', '/api/']

/**
 * The path, query and fragment of `wanted`, parsed and written anew; `/` for everything that is not clearly ours.
 * Attack: open redirect (`//evil`, `/\evil`, `/<tab>/evil`, `javascript:`), of which browsers read more than servers.
 */
export function safeReturnPath(wanted: string | null, origin: string): string {
  if (wanted === null || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes('\\')) return '/'
  const url = parseUrl(wanted, origin)
  if (url === undefined || url.origin !== origin || url.pathname.startsWith('//')) return '/'
  const isNoReturn = noReturn.some(
    (path) => url.pathname === path || (path.endsWith('/') && url.pathname.startsWith(path)),
  )
  return isNoReturn ? '/' : url.pathname + url.search + url.hash
}

function parseUrl(path: string, origin: string): URL | undefined {
  try {
    return new URL(path, origin)
  } catch {
    return undefined
  }
}
