/** Which addresses are one caller? IPv4 as it is, IPv6 by the /64 that one household or machine is given. */

const ipv4 = /^(?:\d{1,3}\.){3}\d{1,3}$/

/** IPv4 inside IPv6 (RFC 4291 2.5.5.2) is the IPv4 address; anything that is no address is one caller. */
export function addressKey(address: string): string {
  if (ipv4.test(address)) return address
  const groups = expandIPv6(address.replace(/%.*$/, ''))
  if (groups === undefined) return 'unknown'
  const [high, low] = [groups[6] ?? 0, groups[7] ?? 0]
  const isZeroUpTo = (count: number) => groups.slice(0, count).every((group) => group === 0)
  if (isZeroUpTo(5) && groups[5] === 0xffff) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  if (isZeroUpTo(7) && low === 1) return '::1'
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The IPv6 /48 around it, which one customer is often given whole (RFC 6177); undefined for IPv4. */
export function networkKey(address: string): string | undefined {
  const key = addressKey(address)
  return key.endsWith('::/64') ? `${key.split(':').slice(0, 3).join(':')}::/48` : undefined
}

/** The eight groups; undefined where the text is no IPv6 address. */
function expandIPv6(address: string): readonly number[] | undefined {
  if (!/^[\da-f:.]+$/i.test(address)) return undefined
  const host = URL.parse(`http://[${address}]/`)?.hostname
  if (host === undefined) return undefined
  // The URL parser has checked the form, written IPv4 endings as two groups, and left one `::` at most.
  const [head = '', tail] = host.slice(1, -1).split('::')
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const missingCount = tail === undefined ? 0 : 8 - (left?.length ?? 0) - (right?.length ?? 0)
  const groups = [...(left ?? []), ...Array<string>(missingCount).fill('0'), ...(right ?? [])]
  return groups.map((group) => Number.parseInt(group, 16))
}
