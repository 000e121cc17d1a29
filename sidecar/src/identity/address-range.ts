/** Does an address lie in one of these ranges? Single addresses and CIDR, IPv4 inside IPv6 counted as IPv4. */
import ipaddr from 'ipaddr.js'

/** Why a text is no address and no CIDR range, with the cure; undefined for one that is. */
export function rangeProblem(text: string): string | undefined {
  if (parseRange(text) !== undefined) return undefined
  const network = networkOf(text)
  if (network === undefined) return `${text} is no address; write one such as 10.0.0.7, or a range such as 10.0.0.0/8`
  return `${text} has bits set behind its prefix; write ${network} for the network, or ${text.split('/')[0]} for the one address`
}

/** Whether a text is an address or a CIDR range with no bit set behind its prefix. */
export function isRange(text: string): boolean {
  return parseRange(text) !== undefined
}

/** Whether everybody is in it. */
export function isEverywhere(text: string): boolean {
  return parseRange(text)?.[1] === 0
}

/** False for anything that is no address, and for ranges that are none. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (ranges.length === 0) return false
  const parsed = parseAddress(address)
  if (parsed === undefined) return false
  return parsedRanges(ranges).some((range) => range[0].kind() === parsed.kind() && parsed.match(range))
}

/** One way to write each address, without zone; undefined for anything else. */
export function canonicalAddress(text: string): string | undefined {
  return parseAddress(text)?.toString()
}

/** Whether it is of this machine itself. */
export function isLoopback(address: string): boolean {
  return isInRanges(address, loopback)
}

const loopback = ['127.0.0.0/8', '::1']

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

/** The lists of a configuration are asked at every request, and never changed: a changed one is another list. */
const known = new WeakMap<readonly string[], readonly Range[]>()

function parsedRanges(ranges: readonly string[]): readonly Range[] {
  const earlier = known.get(ranges)
  if (earlier !== undefined) return earlier
  const parsed = ranges.flatMap((text) => {
    const range = parseRange(text)
    return range === undefined ? [] : [range]
  })
  known.set(ranges, parsed)
  return parsed
}

function parseAddress(text: string): Address | undefined {
  // A zone names an interface of this machine, not the caller.
  const bare = text.replace(/%.*$/, '')
  // Only four decimal parts are IPv4 to everybody: `0177.1` and `2130706433` are other addresses to other parsers.
  if (!bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined
  if (!ipaddr.isValid(bare)) return undefined
  const parsed = ipaddr.parse(bare)
  return parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

function parseRange(text: string): Range | undefined {
  const parts = prefixParts(text)
  return parts !== undefined && isNetwork(...parts) ? parts : undefined
}

/** An address and its prefix, whatever bits are set behind it. */
function prefixParts(text: string): Range | undefined {
  const [head = '', bits, ...rest] = text.split('/')
  const address = parseAddress(head)
  if (address === undefined || rest.length > 0) return undefined
  const width = address.kind() === 'ipv4' ? 32 : 128
  if (bits === undefined) return [address, width]
  // `::ffff:10.0.0.0/104` would mean 8 bits of IPv4 to some and is refused.
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > width || (head.includes(':') && width === 32)) return undefined
  return [address, Number(bits)]
}

function networkOf(text: string): string | undefined {
  const parts = prefixParts(text)
  if (parts === undefined) return undefined
  const [address, bits] = parts
  const bytes = address.toByteArray().map((byte, index) => byte & ~behind(bits, index))
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`
}

/** `10.0.0.1/8` is a slip of the pen: which of the two was meant? */
function isNetwork(address: Address, bits: number): boolean {
  return address.toByteArray().every((byte, index) => (byte & behind(bits, index)) === 0)
}

/** The bits of one byte that lie behind the prefix. */
function behind(bits: number, index: number): number {
  return 0xff >> Math.min(8, Math.max(0, bits - index * 8))
}

/** Names that no DNS server can turn into another machine's (RFC 6761 6.3). */
export function isLoopbackName(host: string): boolean {
  return host.toLowerCase() === 'localhost' || isLoopback(host)
}
