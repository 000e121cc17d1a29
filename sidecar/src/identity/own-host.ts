/** Is this the name of our own server? An address, a loopback name, or a host of an origin that the operator named. */
import { canonicalAddress, isLoopbackName } from './address-range.ts'

/** Of a `Host` header, with or without its port. */
export type IsOwnHost = (host: string) => boolean

/**
 * Attack: a page of a name whose DNS server turns it into our address, which makes the browser ask us as if we were that
 * page's own server. No name can be written like an address, and `localhost` is asked of no DNS server (RFC 6761 6.3).
 */
export function createIsOwnHost(origins: () => readonly string[]): IsOwnHost {
  return (host) => {
    const name = nameOf(host)
    if (name === undefined) return false
    if (isLoopbackName(name) || canonicalAddress(name) !== undefined) return true
    return origins().some((origin) => URL.parse(origin)?.hostname === name)
  }
}

function nameOf(host: string): string | undefined {
  const groups = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^\s:/?#@\\[\]]+))(?::\d{1,5})?$/i.exec(host)?.groups
  return (groups?.v6 ?? groups?.name)?.toLowerCase()
}
