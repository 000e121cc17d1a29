/** How is one provider spoken to? OpenID Connect's code flow with PKCE through openid-client, bounded and checked. */
import * as oidc from 'openid-client'
import { GatehouseError } from '../../gatehouse-error.ts'
import { isRecord, type JsonRecord } from '../jwt/claims.ts'
import type { OidcClientOptions } from './ask-provider.ts'
import { createDiscovery } from './discovery.ts'

/** What binds an answer to the browser that asked. */
export interface LoginChecks {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface Grant {
  /** As the provider writes itself. */
  readonly issuer: string
  /** Of the ID token, with what the user info adds. */
  readonly claims: JsonRecord
  readonly refreshToken: string | undefined
}

export interface OidcClient {
  /** Where the browser goes. @throws provider_down */
  begin(checks: LoginChecks, redirectUri: string, isFresh: boolean): Promise<URL>
  /** @throws unauthenticated, provider_down */
  finish(callback: URL, checks: LoginChecks, isWanted: (claims: JsonRecord) => boolean): Promise<Grant>
  /** Whether the provider still knows the person, and the next refresh token. @throws unauthenticated, provider_down */
  renew(refreshToken: string, subject: string, isWanted: (claims: JsonRecord) => boolean): Promise<Grant>
  /** Undefined where the provider has no such page, or cannot be asked for it. */
  logoutUrl(returnTo: () => string): Promise<string | undefined>
  /** @throws provider_down */
  facts(): Promise<{ readonly issuer: string; readonly jwksUrl: string | undefined }>
}

/**
 * Seconds, longer than anybody stays signed in anywhere. Asked with any age, a provider has to say when it last asked the
 * person (OpenID Connect Core 2, `auth_time`): a click at a desk somebody walked away from must not count as a proof.
 */
const anyAge = '31536000'

export function mintChecks(): LoginChecks {
  return { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() }
}

export function createOidcClient(options: OidcClientOptions): OidcClient {
  const discovered = createDiscovery(options)
  return {
    begin: async (checks, redirectUri, isFresh) => {
      const configuration = await discovered()
      return oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: [...new Set(['openid', ...options.scopes])].join(' '),
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
        ...(isFresh ? { prompt: 'login', max_age: '0' } : { max_age: anyAge }),
        // OpenID Connect Core 11: without it a request for offline access is ignored.
        ...(!isFresh && options.scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
      })
    },
    finish: async (callback, checks, isWanted) => {
      const configuration = await discovered()
      const granted = await answered(() =>
        oidc.authorizationCodeGrant(configuration, callback, {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.verifier,
          idTokenExpected: true,
        }),
      )
      return grantOf(configuration, granted, granted.claims()?.sub, isWanted)
    },
    renew: async (refreshToken, subject, isWanted) => {
      const configuration = await discovered()
      const granted = await answered(() => oidc.refreshTokenGrant(configuration, refreshToken))
      const { refreshToken: next, ...grant } = await grantOf(configuration, granted, subject, isWanted)
      return { ...grant, refreshToken: next ?? refreshToken }
    },
    logoutUrl: async (returnTo) => {
      try {
        const configuration = await discovered()
        if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
        return oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: returnTo() }).href
      } catch {
        // Signing out here has happened; that of the provider must not stand in its way.
        return undefined
      }
    },
    facts: async () => {
      const { issuer, jwks_uri: jwksUrl } = (await discovered()).serverMetadata()
      return { issuer, jwksUrl }
    },
  }
}

type Granted = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>

async function grantOf(
  configuration: oidc.Configuration,
  granted: Granted,
  subject: string | undefined,
  isWanted: (claims: JsonRecord) => boolean,
): Promise<Grant> {
  const { issuer, userinfo_endpoint: hasMore } = configuration.serverMetadata()
  const claims: unknown = granted.claims() ?? {}
  if (subject === undefined || !isRecord(claims)) throw refused('no ID token')
  if (claims.sub !== undefined && claims.sub !== subject) throw refused('another subject than before')
  const own = { ...claims, sub: subject }
  const more =
    isWanted(own) || hasMore === undefined
      ? {}
      : await answered(() => oidc.fetchUserInfo(configuration, granted.access_token, subject))
  // What is signed beats what is not.
  return { issuer, claims: { ...more, ...own }, refreshToken: granted.refresh_token }
}

/** @throws unauthenticated for what the provider or openid-client refuses, provider_down where there was no answer */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof GatehouseError) throw error
    if (isRefusal(error)) throw refused(describe(error))
    throw new GatehouseError('provider_down', { cause: error })
  }
}

/** Everything else had no usable answer behind it. */
function isRefusal(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status < 500
  if (error instanceof oidc.WWWAuthenticateChallengeError) return error.status < 500
  if (error instanceof oidc.AuthorizationResponseError) return true
  return error instanceof oidc.ClientError && error.code !== undefined && !noAnswer.has(error.code)
}

const noAnswer: ReadonlySet<string> = new Set(['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_PARSE_ERROR'])

function describe(error: unknown): string {
  const code: unknown = error instanceof Error ? (Reflect.get(error, 'error') ?? Reflect.get(error, 'code')) : undefined
  return `${typeof code === 'string' ? code.slice(0, 64) : ''} ${error instanceof Error ? error.message.slice(0, 200) : ''}`
}

function refused(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', { detail: `provider: ${detail}` })
}
