/** Who does a provider say somebody is? One configured provider: its way to talk, its claims, its rules. */
import type { OidcSettings } from '../../config/auth/oidc-schema.ts'
import type { ExternalSubject } from '../external-account.ts'
import { findClaim, type JsonRecord, parseClaimPath, subjectOf } from '../jwt/claims.ts'
import type { AskProvider } from './ask-provider.ts'
import { createLogoutCheck, type LogoutCheck } from './logout-token.ts'
import { createOidcClient, type Grant, type OidcClient } from './oidc-client.ts'
import { hasSecondFactor } from './second-factor-of.ts'

export interface Vouched {
  readonly subject: ExternalSubject
  /** What the provider calls its own session; null where it does not say. */
  readonly providerSession: string | null
  readonly hasSecondFactor: boolean
  /** When the person was last asked; undefined where it never says, and long ago where it usually does. */
  readonly askedAtMs: number | undefined
  readonly refreshToken: string | undefined
}

export interface OidcProvider {
  readonly settings: OidcSettings
  readonly client: OidcClient
  readonly checkLogout: LogoutCheck
  /** Whether everything that the claims have to hold is there. */
  isWhole(claims: JsonRecord): boolean
  /** @throws unauthenticated for a claim that is missing or malformed */
  vouch(grant: Grant): Vouched
}

export interface OidcProviderOptions {
  readonly settings: OidcSettings
  readonly clientSecret: string | undefined
  readonly ask: AskProvider
  readonly now: () => number
}

/** Characters; a longer one could not be told from another after being cut. */
const sessionLimit = 512

export function createOidcProvider({ settings, clientSecret, ask, now }: OidcProviderOptions): OidcProvider {
  const { issuer, client_id: clientId, scopes, claims } = settings
  const client = createOidcClient({ issuer, clientId, clientSecret, scopes, ask, now })
  const pathOf = (text: string | undefined) => (text === undefined ? undefined : parseClaimPath(text))
  const paths = {
    user: parseClaimPath(claims.user),
    // Nothing else tells people apart for ever (OpenID Connect Core 5.7).
    subject: ['sub'],
    tenant: pathOf(claims.tenant),
    groups: pathOf(claims.groups),
    role: undefined,
  }
  let saysWhen = false
  const wanted = [paths.user, paths.tenant, paths.groups].filter((path) => path !== undefined)
  return {
    settings,
    client,
    checkLogout: createLogoutCheck({ client, clientId, issuer, ask, now }),
    isWhole: (payload) => wanted.every((path) => findClaim(payload, path) !== undefined),
    vouch: ({ issuer: proven, claims: payload, refreshToken }) => {
      const { sid, auth_time: askedAt } = payload
      const isSaid = typeof askedAt === 'number' && Number.isFinite(askedAt)
      saysWhen ||= isSaid
      return {
        subject: subjectOf(payload, { source: settings.name, issuer: proven, paths, isRole: () => false }),
        providerSession: typeof sid === 'string' && sid !== '' && sid.length <= sessionLimit ? sid : null,
        hasSecondFactor: hasSecondFactor(payload, settings.second_factor_acr),
        // Attack: at a desk somebody walked away from, `max_age` is taken out of the address on the way to the provider,
        // which then keeps to itself when it asked.
        askedAtMs: isSaid ? askedAt * 1_000 : saysWhen ? 0 : undefined,
        refreshToken,
      }
    },
  }
}
