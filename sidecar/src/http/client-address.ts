/** Who sent the request? The peer, or whom the listed proxies in front say they had it from, read from right to left. */
import { canonicalAddress, isInRanges } from '../identity/address-range.ts'

export interface ProxySettings {
  readonly trusted_proxies: readonly string[]
  readonly forwarded_header: 'x-forwarded-for' | 'forwarded'
}

/** The address that counts, from the address of the connection and the headers it sent. */
export type ClientAddressOf = (peerAddress: string, headers: ReadonlyMap<string, string>) => string

/**
 * Each listed proxy appends whom it had the request from: what stands left of the last one that is not listed, anybody
 * may have written. What is no address ends the search at the proxy that handed it on.
 */
export function clientAddress(
  peerAddress: string,
  headers: ReadonlyMap<string, string>,
  { trusted_proxies: proxies, forwarded_header: name }: ProxySettings,
): string {
  let client = canonicalAddress(peerAddress) ?? peerAddress
  if (!isInRanges(client, proxies)) return client
  const value = headers.get(name) ?? ''
  const hops = name === 'forwarded' ? elementsOf(value).map(forwardedFor) : value.split(',').map(addressOfNode)
  for (const hop of hops.toReversed()) {
    if (hop === undefined) return client
    client = hop
    if (!isInRanges(client, proxies)) return client
  }
  return client
}

/** An address, with a port where there is one; undefined for names, `unknown`, `_hidden` and zones (RFC 7239 6). */
function addressOfNode(text: string): string | undefined {
  const node = text.trim()
  if (node.includes('%')) return undefined
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(node)?.[1]
  if (bracketed !== undefined) return bracketed.includes(':') ? canonicalAddress(bracketed) : undefined
  return canonicalAddress(/^([0-9.]+):\d{1,5}$/.exec(node)?.[1] ?? node)
}

/**
 * The elements of a `Forwarded` header (RFC 7239 4), split from the right: a quote that a client left open on the left
 * then swallows nothing of what the proxies appended.
 */
function elementsOf(value: string): readonly string[] {
  const elements: string[] = []
  let end = value.length
  let isQuoted = false
  for (let index = value.length - 1; index >= 0; index -= 1) {
    if (value[index] === '"') isQuoted = !isQuoted
    if (value[index] !== ',' || isQuoted) continue
    elements.unshift(value.slice(index + 1, end))
    end = index
  }
  return [value.slice(0, end), ...elements]
}

const pair = /^(?<name>[!#$%&'*+.^_`|~\w-]+)=(?:"(?<quoted>[^"\\]*)"|(?<plain>[!#$%&'*+.^_`|~\w-]+))$/

/** The one `for` of a well-formed element. */
function forwardedFor(element: string): string | undefined {
  const pairs = element.split(';').map((part) => pair.exec(part.trim())?.groups)
  const named = pairs.filter((groups) => groups?.name?.toLowerCase() === 'for')
  if (named.length !== 1 || pairs.includes(undefined)) return undefined
  return addressOfNode(named[0]?.quoted ?? named[0]?.plain ?? '')
}
