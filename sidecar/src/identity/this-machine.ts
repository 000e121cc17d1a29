/** Was this request made on this very machine? Only when nothing says that somebody else's was handed on. */
import { isLoopback } from './address-range.ts'

/** What proxies and tunnels add, whatever they say. Attack: an `X_Forwarded_For` of theirs is one, too. */
const handedOn =
  /^(?:x-forwarded(?:-.*)?|forwarded|via|x-real-ip|x-original-.*|x-client-ip|x-cluster-client-ip|true-client-ip|client-ip|tailscale-.*|cf-.*|cdn-loop|fastly-.*|x-envoy-.*|x-appengine-.*|x-azure-.*|x-amzn-.*|x-arr-.*|fly-.*|x-vercel-.*|x-ms-.*|x-rewrite-url|x-proxyuser-ip|ngrok-.*|x-nginx-.*|x-remote-.*|remote-.*|x-authentik-.*|x-auth-.*|proxy-.*|x-proxied-.*|x-scheme)$/

export function isOfThisMachine(peerAddress: string, rawHeaders: readonly string[]): boolean {
  if (!isLoopback(peerAddress)) return false
  return rawHeaders.every((name, index) => index % 2 === 1 || !handedOn.test(name.toLowerCase().replaceAll('_', '-')))
}
