/** Does an address lie in one of these ranges? Single addresses and CIDR, IPv4 inside IPv6 counted as IPv4. */
import ipaddr from 'ipaddr.js'

/** Whether a text is an address or a CIDR range with no bit set behind its prefix. */
export function isRange(text: string): boolean {
  return parseRange(text) !== undefined
}

/** False for anything that is no address, and for ranges that are none. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const parsed = parseAddress(address)
  if (parsed === undefined) return false
  return ranges.some((text) => {
    const range = parseRange(text)
    return range !== undefined && range[0].kind() === parsed.kind() && parsed.match(range)
  })
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

function parseAddress(text: string): Address | undefined {
  // A zone names an interface of this machine, not the caller.
  const bare = text.replace(/%.*$/, '')
  // Only four decimal parts are IPv4 to everybody: `0177.1` and `2130706433` are other addresses to other parsers.
  if (!bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined
  if (!ipaddr.isValid(bare)) return undefined
  const parsed = ipaddr.parse(bare)
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

function parseRange(text: string): [Address, number] | undefined {
  const [head = '', bits, ...rest] = text.split('/')
  const address = parseAddress(head)
  if (address === undefined || rest.length > 0) return undefined
  const width = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, width]
  // `::ffff:10.0.0.0/104` would mean 8 bits of IPv4 to some and is refused.
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > width || (head.includes(':') && width === 32)) return undefined
  return isNetwork(address, Number(bits)) ? [address, Number(bits)] : undefined
}

/** `10.0.0.1/8` is a slip of the pen: which of the two was meant? */
function isNetwork(address: Address, bits: number): boolean {
  const bytes = address.toByteArray()
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8))
    return (byte & (0xff >> kept)) === 0
  })
}
