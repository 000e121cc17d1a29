/** Whom does a gateway in front say it has signed in? Believed from its own address or with its secret, from nobody else. */
import type { AccountRules } from '../config/auth/accounts-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { isInRanges } from './address-range.ts'
import { isSameSecret } from './constant-time.ts'
import type { CredentialInput } from './credentials.ts'
import type { ExternalSubject, ResolveExternal } from './external-account.ts'
import type { RequestMethod } from './method.ts'
import type { IsOwnHost } from './own-host.ts'
import { canonicalUserName, plainName } from './user-name.ts'

export interface Gateway {
  readonly name: string
  /** Header names are in lower case. */
  readonly header: string
  readonly groupsHeader: string | undefined
  readonly groupsSeparator: string
  readonly tenantHeader: string | undefined
  /** Of the connection itself; undefined: the secret alone decides. */
  readonly from: readonly string[] | undefined
  readonly secret: { readonly header: string; readonly value: string } | undefined
  readonly logoutUrl: string | undefined
  /** Whether it asks for a proof itself before what could do lasting harm. */
  readonly asksAgain: boolean
  readonly accounts: AccountRules
}

export interface TrustedHeaderDependencies {
  /** Those that are configured now. */
  readonly gateways: () => readonly Gateway[]
  readonly resolveExternal: ResolveExternal
  readonly isOwnHost: IsOwnHost
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Groups of one person. */
const groupLimitCount = 1_000

/** What open sockets and revocation know a gateway's people by. */
export function gatewayCredentialId(name: string): string {
  return `trusted-header:${name}`
}

export function createTrustedHeaderMethod(dependencies: TrustedHeaderDependencies): RequestMethod {
  const { gateways, resolveExternal, isOwnHost, now } = dependencies
  return {
    name: 'trusted-header',
    prove: async (request) => {
      const vouched = gateways()
        .filter((gateway) => isGateway(gateway, request))
        .flatMap((gateway) => {
          const subject = readSubject(gateway, request.rawHeaders)
          return subject === undefined ? [] : [{ gateway, subject }]
        })
      const [first, second] = vouched
      if (first === undefined) return undefined
      if (second !== undefined) throw malformed(`two gateways speak: ${first.gateway.name} and ${second.gateway.name}`)
      // Attack: DNS rebinding. A gateway that knows people by their device or network vouches for them to any page.
      if (!valuesOf(request.rawHeaders, 'host').every(isOwnHost)) throw new GatehouseError('unknown_host')
      const { id } = await resolveExternal(first.subject, first.gateway.accounts)
      const { name, logoutUrl } = first.gateway
      return {
        kind: 'identity',
        identity: {
          userId: id,
          method: 'trusted-header',
          credentialId: gatewayCredentialId(name),
          // A gateway says who somebody is, not when they last proved it.
          provenAtMs: first.gateway.asksAgain ? now() : 0,
        },
        proof: 'person',
        isAmbient: true,
        ...(logoutUrl === undefined ? {} : { logoutUrl }),
      }
    },
  }
}

/** Attack: the header from anybody else. The address is that of the connection: a forwarded one is what somebody wrote. */
function isGateway({ from, secret }: Gateway, { peerAddress, rawHeaders }: CredentialInput): boolean {
  if (from === undefined && secret === undefined) return false
  if (from !== undefined && !isInRanges(peerAddress, from)) return false
  if (secret === undefined) return true
  const [sent, another] = valuesOf(rawHeaders, secret.header)
  return sent !== undefined && another === undefined && isSameSecret(sent, secret.value)
}

/** Undefined where the gateway names nobody: that person is nobody here, too. @throws unauthenticated, bad_request */
function readSubject(gateway: Gateway, rawHeaders: readonly string[]): ExternalSubject | undefined {
  const named = readOne(rawHeaders, gateway.header)
  if (named === undefined) return undefined
  // Proxies join two headers of one name with a comma, which is part of no name.
  if (named.includes(',') || canonicalUserName(named) === undefined)
    throw malformed(`${gateway.name} sends a user name that cannot be one here`)
  const tenant = gateway.tenantHeader === undefined ? undefined : readOne(rawHeaders, gateway.tenantHeader)
  if (gateway.tenantHeader !== undefined && (tenant === undefined || tenant.includes(','))) {
    throw malformed(`${gateway.name} sends no tenant, or two`)
  }
  return {
    source: gateway.name,
    issuer: gatewayCredentialId(gateway.name),
    // Attack: who chooses a name there that only reads as another's once its characters are folded is another person.
    subject: plainName(named),
    userName: plainName(named),
    tenant,
    groups: readGroups(gateway, rawHeaders),
  }
}

function readGroups({ name, groupsHeader, groupsSeparator }: Gateway, rawHeaders: readonly string[]): string[] {
  const text = groupsHeader === undefined ? undefined : readOne(rawHeaders, groupsHeader)
  const groups = (text ?? '').split(groupsSeparator).map((group) => group.trim())
  if (groups.length > groupLimitCount) throw malformed(`${name} sends too many groups`)
  return groups.filter((group) => group !== '')
}

/** Undefined where it is missing or empty. @throws bad_request for a repeated one: which of them is the gateway's? */
function readOne(rawHeaders: readonly string[], header: string): string | undefined {
  const values = valuesOf(rawHeaders, header)
  if (values.length > 1) throw new GatehouseError('bad_request', { message: `The header ${header} is repeated.` })
  const text = values[0] === undefined ? '' : decode(values[0]).trim()
  return text === '' ? undefined : text
}

/** Of this very name: `Remote_User`, which some servers read as `Remote-User`, is another header, and nobody's word. */
function valuesOf(rawHeaders: readonly string[], header: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === header)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Node gives the bytes of a header as latin1; gateways write UTF-8. */
function decode(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch (cause) {
    throw new GatehouseError('unauthenticated', { detail: 'a header of a gateway is no UTF-8', cause })
  }
}

function malformed(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', { detail })
}
