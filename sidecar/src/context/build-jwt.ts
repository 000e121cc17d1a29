/** Which issuers of JSON Web Tokens are believed now? Those of the configuration, followed without a restart. */
import { isDeepStrictEqual } from 'node:util'
import type { JwtIssuerSettings } from '../config/auth/jwt-schema.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { parseClaimPath } from '../identity/jwt/claims.ts'
import { credentialIdOf, type JwtIssuer } from '../identity/jwt/jwt-issuer.ts'
import { createRemoteKeys, isSameSet, type KeySource } from '../identity/jwt/key-source.ts'
import { loadPublishedKeys } from '../identity/jwt/load-published-keys.ts'
import type { Log } from '../log.ts'
import { createDocumentFetcher, type DocumentFetcher } from '../proxy/fetch-document.ts'
import { readJwtKeys } from './read-jwt-keys.ts'

export interface JwtIssuersDependencies {
  readonly live: LiveConfig
  readonly environment: Environment
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export interface FollowedIssuers {
  /** Another array after each change. */
  current(): readonly JwtIssuer[]
  /** Calls back when the word of some counts no more, or not as it did; `isProvenBy` knows what they proved. */
  onGone(listener: (isProvenBy: (credentialId: string) => boolean) => void): void
  /** Whether a Cookie header may hold a token. */
  isInCookie(header: string | undefined): boolean
  close(): void
}

interface Entry {
  readonly settings: JwtIssuerSettings
  readonly issuer: JwtIssuer
}

/** @throws ConfigError */
export function followJwtIssuers({ live, environment, log, now }: JwtIssuersDependencies): FollowedIssuers {
  const fetcher = createDocumentFetcher()
  const publishedAt = createPublished(log, fetcher, now)
  const listeners: ((isProvenBy: (credentialId: string) => boolean) => void)[] = []
  let entries: readonly Entry[] = []
  const read = (config: Config): readonly Entry[] => {
    const sources = readJwtKeys(config, environment, publishedAt)
    return config.auth.jwt.flatMap((settings, index) => {
      const keys = sources[index]
      if (keys === undefined) return []
      const known = entries.find((entry) => isDeepStrictEqual(entry.settings, settings))
      const isSame = known !== undefined && isSameSource(known.issuer.keys, keys)
      return [isSame ? known : { settings, issuer: issuerOf(settings, keys) }]
    })
  }
  entries = read(live.current())
  let issuers = entries.map(({ issuer }) => issuer)
  const stop = live.onChange((config) => {
    const earlier = issuers
    // Who is configured no more vouches for nobody, also while the keys of another issuer cannot be read.
    entries = entries.filter(({ settings }) => config.auth.jwt.some((next) => isDeepStrictEqual(next, settings)))
    try {
      entries = read(config)
    } finally {
      issuers = entries.map(({ issuer }) => issuer)
      const gone = earlier.filter((issuer) => !issuers.includes(issuer)).map(({ name }) => credentialIdOf(name, ''))
      if (gone.length > 0) {
        for (const listener of listeners) listener((id) => gone.some((prefix) => id.startsWith(prefix)))
      }
    }
  })
  return {
    current: () => issuers,
    onGone: (listener) => listeners.push(listener),
    isInCookie: (header = '') => issuers.some(({ cookie }) => cookie !== undefined && header.includes(cookie)),
    close: () => {
      stop()
      fetcher.close()
    },
  }
}

/** Kept by address: a change of other settings must not forget the last good keys of an issuer that is down. */
function createPublished(log: Log, { fetchDocument }: DocumentFetcher, now: () => number): (url: string) => KeySource {
  const sources = new Map<string, KeySource>()
  return (url) => {
    const load = () =>
      loadPublishedKeys(url, {
        fetchDocument,
        skipped: (keyId, reason) => log.warn({ url, keyId, reason }, 'a published key is not used'),
      })
    const failed = (error: unknown) => log.warn({ url, err: error }, 'the keys of an issuer could not be fetched')
    const source = sources.get(url) ?? createRemoteKeys({ load, now, failed })
    sources.set(url, source)
    return source
  }
}

function isSameSource(one: KeySource, other: KeySource): boolean {
  return one === other || (one.isFixed && other.isFixed && isSameSet(one.current(), other.current()))
}

function issuerOf(settings: JwtIssuerSettings, keys: KeySource): JwtIssuer {
  const { claims } = settings
  const pathOf = (text: string | undefined) => (text === undefined ? undefined : parseClaimPath(text))
  return {
    name: settings.name,
    keys,
    rules: {
      issuer: settings.issuer,
      audiences: [settings.audience].flat(),
      algorithms: settings.algorithms,
      type: settings.typ,
      skewMs: settings.clock_skew,
      maxAgeMs: settings.max_age,
      mayBeEndless: settings.allow_endless,
      required: settings.required.map(parseClaimPath),
    },
    paths: {
      user: parseClaimPath(claims.user),
      subject: parseClaimPath(claims.subject),
      tenant: pathOf(claims.tenant),
      groups: pathOf(claims.groups),
      role: pathOf(claims.role),
    },
    scopes: pathOf(claims.scopes),
    accounts: settings.accounts,
    header: settings.header?.toLowerCase(),
    cookie: settings.cookie,
    from: settings.from,
    logoutUrl: settings.logout_url,
  }
}
