/** Does this URL lead to the origin the page came from? Nothing of ours is ever added to another. */

export interface PageAddress {
  readonly origin: string
  readonly host: string
  /** What relative URLs start from. */
  readonly base: string
}

/** `url` when it is http(s) at the page's own origin; `blob:` and `data:` URLs name that origin too and are not. */
export function findOwnUrl(url: string | URL, page: PageAddress): URL | undefined {
  const parsed = parseUrl(url, page)
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) return undefined
  return parsed.origin === page.origin ? parsed : undefined
}

/** `url` as the address of a WebSocket of the page's own host; undefined for every other. */
export function findOwnSocketUrl(url: string | URL, page: PageAddress): URL | undefined {
  const parsed = parseUrl(url, page)
  if (parsed === undefined || !/^(?:ws|http)s?:$/.test(parsed.protocol)) return undefined
  return parsed.host === page.host ? parsed : undefined
}

function parseUrl(url: string | URL, page: PageAddress): URL | undefined {
  try {
    return new URL(url, page.base)
  } catch {
    return undefined // the native function complains in its own words
  }
}
