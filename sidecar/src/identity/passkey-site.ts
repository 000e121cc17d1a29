/** For which site are passkeys made? For the host that browsers see; not every address can have one. */
import { GatehouseError } from '../gatehouse-error.ts'
import { isRange } from './address-range.ts'

export interface PasskeySite {
  /** As browsers name it. */
  readonly origin: string
  /** The host without its port (WebAuthn 5.1.2, relying party identifier). */
  readonly rpId: string
}

export interface PasskeySiteOptions {
  /** `server.public_url`. */
  readonly publicUrl: string | undefined
  readonly publicScheme: 'http' | 'https'
  /** Of the request, where nobody said what browsers see. */
  readonly host: string | undefined
}

/** Undefined where browsers make none: plain http other than on this machine, and bare addresses. */
export function findPasskeySite({ publicUrl, publicScheme, host = '' }: PasskeySiteOptions): PasskeySite | undefined {
  const url = URL.parse(publicUrl ?? `${publicScheme}://${host}`)
  if (url === null) return undefined
  const { hostname, origin, protocol } = url
  if (isRange(hostname) || hostname.startsWith('[') || hostname === '') return undefined
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  return protocol === 'https:' || isLocal ? { origin, rpId: hostname } : undefined
}

/** @throws passkeys_unavailable */
export function requirePasskeySite(options: PasskeySiteOptions): PasskeySite {
  const site = findPasskeySite(options)
  if (site === undefined) throw new GatehouseError('passkeys_unavailable')
  return site
}
