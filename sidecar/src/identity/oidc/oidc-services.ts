/** What do log-ins at providers need of us? The providers, the sealed cookie, the way to an account, and where people come back to. */
import { createHash } from 'node:crypto'
import type { SessionHash } from '@gatehouse/shared/ids'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { IdentityKey, Member } from '../../store/store.ts'
import { isLoopbackName } from '../address-range.ts'
import { type ExternalSubject, identityKeyOf, type ResolveExternal } from '../external-account.ts'
import type { LoginCookie } from './login-cookie.ts'
import type { OidcProvider, Vouched } from './provider.ts'

export interface OidcSource {
  /** Those that are configured now. */
  readonly current: () => readonly OidcProvider[]
  /** Told of each session that a provider opened. */
  readonly opened: (session: SessionHash, provider: OidcProvider, vouched: Vouched) => void
  /** Told of each session that goes on under a new id. */
  readonly renewed: (from: SessionHash, to: SessionHash) => void
  /** `server.public_url`. */
  readonly publicUrl: string | undefined
}

export interface OidcServices extends Pick<OidcSource, 'current' | 'opened' | 'renewed'> {
  readonly cookie: LoginCookie
  /** @throws not_found */
  find(name: string): OidcProvider
  /** The account, created at the first login. @throws unauthenticated */
  resolve(provider: OidcProvider, subject: ExternalSubject): Promise<Member>
  /** What an identity is linked by. @throws unauthenticated */
  keyOf(provider: OidcProvider, subject: ExternalSubject): IdentityKey
  /** Where browsers reach us. @throws bad_request where nobody said, and the request does not come from this machine's browser */
  originOf(host: string | undefined): string
}

export interface OidcServicesOptions {
  readonly source: (OidcSource & { readonly resolveExternal: ResolveExternal }) | undefined
  readonly cookie: LoginCookie
  readonly publicScheme: 'http' | 'https'
}

export function createOidcServices({ source, cookie, publicScheme }: OidcServicesOptions): OidcServices {
  const current = source?.current ?? (() => [])
  return {
    current,
    cookie,
    opened: source?.opened ?? (() => undefined),
    renewed: source?.renewed ?? (() => undefined),
    find: (name) => {
      const found = current().find(({ settings }) => settings.name === name)
      if (found === undefined) throw new GatehouseError('not_found')
      return found
    },
    resolve: async ({ settings }, subject) => {
      if (source === undefined) throw new GatehouseError('not_found')
      return source.resolveExternal(subject, settings.accounts)
    },
    keyOf: ({ settings }, subject) => identityKeyOf(subject, settings.accounts),
    originOf: (host) => source?.publicUrl ?? ownOrigin(publicScheme, host),
  }
}

/** A Host header is anybody's to write; only this machine's own names lead to nobody else. */
function ownOrigin(scheme: 'http' | 'https', host = ''): string {
  const url = URL.parse(`${scheme}://${host}`)
  const isOwn =
    url !== null && url.host === host.toLowerCase() && isLoopbackName(url.hostname.replace(/^\[(.+)\]$/, '$1'))
  if (!isOwn) {
    throw new GatehouseError('bad_request', {
      message:
        'Logging in at a provider needs server.public_url in the configuration: it has to know where to send people back.',
    })
  }
  return url.origin
}

/** Under which name an address tells one linked identity from another, without saying whose it is. */
export function identityId({ issuer, subject, tenantName }: IdentityKey): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject, tenantName]))
    .digest('base64url')
    .slice(0, 22)
}
