/** Whom did a request come from, and which proxy in front was forgotten? The latter is said once, because then everybody is one. */
import type { LiveConfig } from '../config/live-config.ts'
import { type ClientAddressOf, clientAddress } from '../http/client-address.ts'
import { isInRanges } from '../identity/address-range.ts'
import type { Log } from '../log.ts'

/** Where proxies of one's own are: RFC 1918, RFC 4193, RFC 6598 and this machine. Anybody else may write what they like. */
const own = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '::1', 'fc00::/7']
const mostWarnings = 10

export function believeProxies(live: Pick<LiveConfig, 'current'>, log: Pick<Log, 'warn'>): ClientAddressOf {
  const said = new Set<string>()
  return (peerAddress, headers) => {
    const { network } = live.current()
    if (headers.has(network.forwarded_header) && said.size < mostWarnings && !said.has(peerAddress)) {
      if (isInRanges(peerAddress, own) && !isInRanges(peerAddress, network.trusted_proxies)) {
        said.add(peerAddress)
        log.warn(
          { peerAddress, header: network.forwarded_header },
          'a proxy is not in network.trusted_proxies: everybody behind it counts as one address; list it if it is your own',
        )
      }
    }
    return clientAddress(peerAddress, headers, network)
  }
}
