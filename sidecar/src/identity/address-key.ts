/** Which addresses are one caller? IPv4 as it is, IPv6 by the /64 that one household or machine is given. */
import { isIPv4, isIPv6 } from 'node:net'

/** IPv4 inside IPv6 (RFC 4291 2.5.5.2) is the IPv4 address; anything that is no address is one caller. */
export function addressKey(address: string): string {
  if (isIPv4(address)) return address
  const plain = address.replace(/%.*$/, '').toLowerCase()
  if (!isIPv6(plain)) return 'unknown'
  const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  const groups = expandIPv6(plain)
  const [g4, g5, g6, g7] = groups.slice(4).map((group) => Number.parseInt(group, 16))
  if (groups.slice(0, 5).every((group) => group === '0') && g5 === 0xffff && g6 !== undefined && g7 !== undefined) {
    return [g6 >> 8, g6 & 0xff, g7 >> 8, g7 & 0xff].join('.')
  }
  // All of ::/64 but loopback is one caller, and so is every other /64.
  const isLoopback = groups.slice(0, 7).every((group) => group === '0') && g4 === 0 && g7 === 1
  return isLoopback ? '::1' : `${groups.slice(0, 4).join(':')}::/64`
}

function expandIPv6(address: string): readonly string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const missingCount = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(Math.max(missingCount, 0)).fill('0'), ...right]
  return groups.map((group) => group.replace(/^0+(?=.)/, ''))
}
