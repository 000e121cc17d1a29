/** At which providers do people log in now? Those of the configuration, followed without a restart; what others opened ends. */
import { isDeepStrictEqual } from 'node:util'
import type { OidcSettings } from '../config/auth/oidc-schema.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { OidcSource } from '../identity/oidc/oidc-services.ts'
import { createOidcProvider, type OidcProvider } from '../identity/oidc/provider.ts'
import type { Log } from '../log.ts'
import { createProviderFetcher } from '../proxy/fetch-provider.ts'
import type { Store } from '../store/store.ts'
import { readBytes } from './read-secrets.ts'

export interface FollowedOidc extends OidcSource {
  /** Ends what providers opened that are configured no more, now and after each change; the result ends it. */
  follow(store: Pick<Store, 'sessions'>): Promise<() => void>
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
  return {
    current: () => providers,
    opened: () => undefined,
    publicUrl: live.current().server.public_url,
    follow: async (store) => {
      await endGone(providers, store)
      const stop = live.onChange((config) => {
        entries = read(config)
        providers = entries.map(({ provider }) => provider)
        endGone(providers, store).catch((error: unknown) => {
          log.error({ err: error }, 'what a provider opened that is gone could not be ended')
        })
      })
      return () => {
        stop()
        close()
      }
    },
  }
}

async function endGone(providers: readonly OidcProvider[], { sessions }: Pick<Store, 'sessions'>): Promise<void> {
  const kept = new Set(providers.map(({ settings }) => settings.issuer))
  for (const { hash, method, issuer } of await sessions.list()) {
    if (method === 'oidc' && (issuer === null || !kept.has(issuer))) await sessions.revoke(hash)
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
