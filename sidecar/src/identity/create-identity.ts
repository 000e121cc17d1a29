/** How are the ways to prove oneself put together? Builds each once, over one store and one change feed. */
import type { RotatedSecret } from '../store/secrets.ts'
import type { ChangeFeed, Store } from '../store/store.ts'
import { type AddressGate, admitSilently } from './address-lists.ts'
import { type ApiKeyCheck, createApiKeyCheck } from './api-key.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import { createBackoff, factorAccountLimit } from './backoff.ts'
import { createBasicIdentity } from './basic-identity.ts'
import { createPrograms, type Programs } from './create-programs.ts'
import type { ResolveExternal } from './external-account.ts'
import { countGuesses, createKeyGuesses } from './key-guesses.ts'
import { createKeyMethods } from './key-methods.ts'
import { createKnownBrowser, type KnownBrowser } from './known-browser.ts'
import { followSecret } from './live-secret.ts'
import { type IdentityMethods, joinMethods, type TokenMethod } from './method.ts'
import { createLoginCookie } from './oidc/login-cookie.ts'
import { createOidcServices, type OidcServices, type OidcSource } from './oidc/oidc-services.ts'
import { createPageBinding, type PageBinding } from './page-binding.ts'
import { createPasskeyChallenges } from './passkey-challenges.ts'
import { createPasskeys, type Passkeys } from './passkeys.ts'
import { createPasswords, type Passwords } from './password.ts'
import { createPasswordCheck, type PasswordCheck } from './password-check.ts'
import type { PasswordSource } from './password-source.ts'
import { createPendingCodeKeys, type PendingCodeKeys } from './pending-code-keys.ts'
import type { SecondFactor } from './second-factor.ts'
import { createSecondFactorCheck } from './second-factor-check.ts'
import { createSessionCookie, type SessionCookie } from './session-cookie.ts'
import { createSessionLookup, defaultSessionLimits, type SessionLimits, type SessionLookup } from './session-lookup.ts'
import { createStaticKeyCheck, type StaticKey, type StaticKeyCheck } from './static-key.ts'

export interface IdentityServices {
  readonly authenticate: Authenticate
  readonly passwords: Passwords
  readonly passwordCheck: PasswordCheck
  readonly apiKeyCheck: ApiKeyCheck
  readonly staticKeyCheck: StaticKeyCheck
  readonly sessionCookie: SessionCookie
  readonly sessionLookup: SessionLookup
  readonly knownBrowser: KnownBrowser
  readonly pageBinding: PageBinding
  readonly programs: Programs
  readonly secondFactor: SecondFactor
  readonly passkeys: Passkeys
  readonly pendingCodeKeys: PendingCodeKeys
  readonly oidc: OidcServices
  /** @throws bad_input for a key that cannot be; the old ones then stay */
  replaceStaticKeys(keys: readonly StaticKey[]): void
  /** What vouches for people from outside may do so no more: tickets that wait behind it end. */
  endForeignTickets(): void
}

export interface IdentityOptions {
  readonly store: Store
  readonly feed: ChangeFeed
  readonly publicScheme: 'http' | 'https'
  /** Notes who comes with a right key from a wrong place. */
  readonly addresses?: Pick<AddressGate, 'admitCredential'>
  readonly staticKeys?: readonly StaticKey[]
  readonly sessionLimits?: SessionLimits
  readonly passwords?: Passwords
  /** Providers at which people log in in their browser. */
  readonly oidc?: OidcSource & { readonly resolveExternal: ResolveExternal }
  /** Where else passwords are kept, in the order in which they are asked. */
  readonly passwordSources?: readonly PasswordSource[]
  /** Beyond passwords, keys and sessions. */
  readonly methods?: Partial<IdentityMethods>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** @throws bad_input for a static key that cannot be, store_unavailable */
export async function createIdentity(options: IdentityOptions): Promise<IdentityServices> {
  const { store, feed, now = Date.now } = options
  const { users, sessions, apiKeys } = store
  const passwords = options.passwords ?? createPasswords()
  const follow = (purpose: RotatedSecret) => followSecret({ secrets: store.secrets, feed, now }, purpose)
  const [instance] = await store.secrets.load('instance')
  const instanceId = instance.id
  const cookieSecret = await follow('cookie')
  const sessionCookie = createSessionCookie({
    publicScheme: options.publicScheme,
    instanceId,
    secrets: cookieSecret.current,
  })
  const limits = options.sessionLimits ?? defaultSessionLimits
  const sessionLookup = createSessionLookup({ sessions, feed, limits, now })
  const apiKeyCheck = createApiKeyCheck({ apiKeys, feed, now, addresses: options.addresses })
  let fixed = fixedKeys(options.staticKeys ?? [], now())
  const staticKeyCheck: StaticKeyCheck = (text) => fixed.check(text)
  const knownBrowser = createKnownBrowser({ isSecure: sessionCookie.isSecure, instance })
  const passwordCheck = createPasswordCheck({
    knownBrowser,
    ...{ users, sessions, passwords, backoff: createBackoff() },
    sources: options.passwordSources ?? [],
  })
  const guesses = createKeyGuesses({ backoff: createBackoff(), hasKeys: () => fixed.keys.length > 0 })
  const keyMethods = createKeyMethods({ users, apiKeyCheck, staticKeyCheck, guesses, now })
  const { secondFactors } = store
  const passkeys = createPasskeys({ secondFactors, challenges: createPasskeyChallenges({ now }), now })
  const secondFactor = createSecondFactorCheck({
    ...{ secondFactors, passkeys, now },
    backoff: createBackoff({ anywhere: factorAccountLimit }),
  })
  const basicIdentity = createBasicIdentity({ users, keyMethods, guesses, passwordCheck, secondFactor, feed, now })
  let foreignSinceMs = now()
  const programs = await createPrograms({
    ...{ store, feed, instanceId, sessionLookup, now, addresses: options.addresses ?? admitSilently },
    isStaticKey: (name, sinceMs) => sinceMs >= fixed.sinceMs && fixed.names.has(name),
    foreignSinceMs: () => foreignSinceMs,
  })
  const { tokens, ...rest } = joinMethods({ tokens: [...keyMethods, ...programs.methods] }, options.methods)
  const isLikeFixed = (claims: TokenMethod['claims']) => fixed.keys.some(({ key }) => claims(key))
  const methods = { ...rest, tokens: countGuesses(tokens, { guesses, isLikeFixed }) }
  return {
    authenticate: createAuthenticate({ methods, sessionCookie, sessionLookup, basicIdentity }),
    passwords,
    passwordCheck,
    apiKeyCheck,
    staticKeyCheck,
    sessionCookie,
    sessionLookup,
    knownBrowser,
    programs,
    secondFactor,
    passkeys,
    pendingCodeKeys: createPendingCodeKeys({ now }),
    oidc: createOidcServices({
      source: options.oidc,
      cookie: createLoginCookie({ isSecure: sessionCookie.isSecure, instanceId, secrets: cookieSecret.current, now }),
      publicScheme: options.publicScheme,
    }),
    pageBinding: createPageBinding((await follow('page')).current, (await follow('csrf')).current),
    replaceStaticKeys: (keys) => {
      fixed = fixedKeys(keys, now())
    },
    endForeignTickets: () => {
      foreignSinceMs = now()
    },
  }
}

function fixedKeys(keys: readonly StaticKey[], sinceMs: number) {
  return { keys, check: createStaticKeyCheck(keys), names: new Set(keys.map(({ name }) => name)), sinceMs }
}
