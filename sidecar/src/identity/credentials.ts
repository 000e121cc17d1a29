/** Which credentials does a request carry? Every carrier is collected, odd forms are refused, none is judged yet. */
import { GatehouseError } from '../gatehouse-error.ts'
import { jwtLimit, looksLikeJwt } from './jwt/parse-token.ts'

export interface CredentialInput {
  /** As Node gives them: name, value, name, value. */
  readonly rawHeaders: readonly string[]
  /** Keys that carry a credential. */
  readonly query: ReadonlyMap<string, string>
  /** Every other key. */
  readonly parameters: ReadonlyMap<string, string>
  /** Whether a browser is opening a page with it. */
  readonly isNavigation: boolean
  readonly isUpgrade: boolean
  readonly method: string
  /** Canonical, with its leading `/api` where there was one. */
  readonly path: string
  /** Who sent the request, behind whatever trusted proxies handed it on. */
  readonly clientAddress: string
  /** Who holds the connection. */
  readonly peerAddress: string
  /** What our own TLS was shown, trusted or not. */
  readonly clientCertificate: ClientCertificate | undefined
}

export interface ClientCertificate {
  /** SHA-256 of the DER, 64 lower-case hexadecimal digits. */
  readonly fingerprint: string
  readonly commonName: string | undefined
  /** Alternative names, e.g. `dns:worker-1.lab`, `email:ann@lab`. */
  readonly names: readonly string[]
  readonly expiresAtMs: number
  /** Whether TLS verified it against the configured authorities and their list of revoked ones. */
  readonly isTrusted: boolean
  /** Why not. */
  readonly problem: string
}

export type ExplicitCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly token: string }

export interface Credentials {
  /** Sent on purpose; looked at before the cookie. */
  readonly explicit: readonly ExplicitCredential[]
  readonly cookieHeaders: readonly string[]
}

/** Characters; anything longer is refused before it is hashed or compared. */
const tokenLimit = 2_048
const explicitLimitCount = 4
/** Visible ASCII without separators: RFC 6750 2.1 allows less, fixed keys of operators may use more. */
const tokenShape = /^[\x21-\x7e]+$/

/** In lower case. */
export const credentialHeaders: ReadonlySet<string> = new Set(['authorization', 'x-api-key', 'cookie'])

/** Query keys that carry a credential, where headers are impossible; never forwarded, never logged. */
export const credentialQueryKeys: readonly string[] = ['api_key', 'token', 'ticket']

/** @throws unauthenticated for a form that cannot be a credential */
export function collectCredentials(input: CredentialInput): Credentials {
  const headers = headerValues(input.rawHeaders)
  const explicit = [
    ...(headers.get('x-api-key') ?? []).map(parseToken),
    ...(headers.get('authorization') ?? []).map(parseAuthorization),
    ...queryTokens(input),
  ]
  if (explicit.length > explicitLimitCount) throw refused('too many credentials')
  return { explicit, cookieHeaders: headers.get('cookie') ?? [] }
}

function headerValues(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? ''
    if (!credentialHeaders.has(name)) continue
    const values = found.get(name) ?? []
    values.push(rawHeaders[index + 1] ?? '')
    found.set(name, values)
  }
  return found
}

function parseAuthorization(value: string): ExplicitCredential {
  if (value.length > jwtLimit + 100) throw refused('over-long Authorization')
  const groups = /^(?<scheme>[A-Za-z]+) +(?<token>[\x21-\x7e]+)$/.exec(value.trim())?.groups
  switch (groups?.scheme?.toLowerCase()) {
    case 'bearer':
      return parseToken(groups?.token ?? '')
    case 'basic':
      if (value.length > tokenLimit) throw refused('over-long Authorization')
      return { kind: 'basic', token: groups?.token ?? '' }
    default:
      throw refused('odd Authorization')
  }
}

function parseToken(value: string): ExplicitCredential {
  const token = value.trim()
  if (token.length > limitOf(token) || !tokenShape.test(token)) throw refused('odd token')
  return { kind: 'token', token }
}

/** Only a JSON Web Token, which lists groups, may be longer than a key. */
function limitOf(token: string): number {
  return token.length <= jwtLimit && looksLikeJwt(token) ? jwtLimit : tokenLimit
}

function queryTokens({ query, isNavigation }: CredentialInput): readonly ExplicitCredential[] {
  const tokens = credentialQueryKeys.flatMap((key) => query.get(key) ?? [])
  // An address with a credential in it ends up in histories, bookmarks and screenshots.
  if (tokens.length > 0 && isNavigation) throw refused('credential in the address of a page')
  return tokens.map(parseToken)
}

function refused(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', { detail })
}
