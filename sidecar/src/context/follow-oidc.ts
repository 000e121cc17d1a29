/** At which providers do people log in now? Those of the configuration, followed without a restart; what others opened ends. */
import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../audit/audit.ts'
import type { OidcSettings } from '../config/auth/oidc-schema.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { OidcServices, OidcSource } from '../identity/oidc/oidc-services.ts'
import { createOidcProvider, type OidcProvider } from '../identity/oidc/provider.ts'
import { createRecheck, type Recheck } from '../identity/oidc/recheck.ts'
import type { Log } from '../log.ts'
import { createProviderFetcher } from '../proxy/fetch-provider.ts'
import type { SessionRecord, Store } from '../store/store.ts'
import { endVouched } from './end-vouched.ts'
import { everySoOften } from './every-so-often.ts'
import { readBytes } from './read-secrets.ts'

export interface FollowedOidc extends OidcSource {
  /** Ends what providers opened that are configured no more, now and after each change, or that they take back; the result ends it. */
  follow(parts: FollowParts): Promise<() => void>
}

export interface FollowParts {
  readonly store: Pick<Store, 'sessions' | 'suspensions' | 'users'>
  readonly resolve: OidcServices['resolve']
  readonly audit: Audit
}

export interface OidcDependencies {
  readonly live: LiveConfig
  readonly environment: Environment
  readonly log: Log
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Entry {
  readonly secret: string | undefined
  readonly provider: OidcProvider
}

/** Nobody is asked before somebody wants to log in. @throws ConfigError */
export function createFollowedOidc({ live, environment, log, now }: OidcDependencies): FollowedOidc {
  const { fetchProvider: ask, close } = createProviderFetcher()
  let entries: readonly Entry[] = []
  const read = (config: Config): readonly Entry[] => {
    const secrets = readOidcSecrets(config, environment)
    return config.auth.oidc.map((settings, index) => {
      const secret = secrets[index]
      const known = entries.find(
        (entry) => entry.secret === secret && isDeepStrictEqual(entry.provider.settings, settings),
      )
      return known ?? { secret, provider: createOidcProvider({ settings, clientSecret: secret, ask, now }) }
    })
  }
  entries = read(live.current())
  let providers = entries.map(({ provider }) => provider)
  let recheck: Recheck | undefined
  const failed = (error: unknown) => log.error({ err: error }, 'what a provider opened could not be looked at again')
  return {
    current: () => providers,
    opened: (session, provider, vouched) => recheck?.opened(session, provider, vouched),
    renewed: (from, to) => recheck?.renewed(from, to),
    publicUrl: live.current().server.public_url,
    follow: async ({ store, resolve, audit }) => {
      const ending = await endVouched({ store, gone: () => goneFrom(live.current()), failed })
      const running = createRecheck({
        ...{ store, now, failed, providers: () => providers },
        resolve: (provider, { subject }) => resolve(provider, subject),
        ended: async ({ id, userId }, { settings: { name: provider } }, isSuspended) => {
          const of = { method: 'oidc', target: (await store.users.findById(userId))?.name }
          audit.record({ ...of, kind: 'session.revoked', detail: { session: id, provider, byProvider: true } })
          if (isSuspended)
            audit.record({ ...of, kind: 'user.changed', detail: { state: 'active -> disabled', provider } })
        },
      })
      recheck = running
      const stopAsking = everySoOften(running.run)
      const stop = live.onChange((config) => {
        // Whoever is configured no more opens nothing, also while a secret of another provider cannot be read.
        entries = entries.filter(({ provider }) => isConfigured(config, provider))
        try {
          entries = read(config)
        } finally {
          providers = entries.map(({ provider }) => provider)
          ending.run()
        }
      })
      return () => {
        stopAsking()
        stop()
        ending.stop()
        close()
      }
    },
  }
}

function isConfigured({ auth }: Pick<Config, 'auth'>, { settings }: OidcProvider): boolean {
  return auth.oidc.some((configured) => isDeepStrictEqual(configured, settings))
}

function goneFrom({ auth }: Pick<Config, 'auth'>): (session: SessionRecord) => boolean {
  const kept = new Set(auth.oidc.map(({ issuer }) => issuer))
  return ({ method, issuer }) => {
    // Devices that such a session let in with a code bear its issuer, as those of lists and directories bear theirs.
    const isProviders = method === 'oidc' || (issuer !== null && /^https?:/i.test(issuer))
    return isProviders && (issuer === null || !kept.has(issuer))
  }
}

/** In order; undefined for public clients. @throws ConfigError naming every secret that is not there */
export function readOidcSecrets(config: Config, environment: Environment): readonly (string | undefined)[] {
  const problems: string[] = []
  const secrets = config.auth.oidc.map((settings, index) => {
    const { client_secret_file: file, client_secret_env: variable } = settings
    if (file === undefined && variable === undefined) return undefined
    const secret = readSecret(settings, environment)
    if (secret === '') {
      problems.push(
        `auth.oidc.${index} (${settings.name}): ${file ?? variable} is empty or not there; write the client secret of the provider into it`,
      )
    }
    return secret
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return secrets
}

function readSecret({ client_secret_file: file, client_secret_env: variable }: OidcSettings, { named }: Environment) {
  if (file !== undefined) return readBytes(file)?.toString('utf8').trim() ?? ''
  return variable === undefined ? '' : (named(variable) ?? '')
}
