/** Which gateways may say who somebody is now? Those of the configuration with their secrets, followed without a restart. */
import { isDeepStrictEqual } from 'node:util'
import { gatewayPresets, type TrustedHeaderSettings } from '../config/auth/trusted-header-schema.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Hub } from '../hub/hub.ts'
import { localCredentialId } from '../identity/local-trust.ts'
import { type Gateway, gatewayCredentialId } from '../identity/trusted-header.ts'
import { readBytes } from './read-secrets.ts'

/** Fewer can be guessed. */
const leastSecretLength = 16

export interface FollowedGateways {
  current(): readonly Gateway[]
  /** Closes sockets of people for whom nobody vouches any more, from now on; the result ends it. */
  follow(hub: Pick<Hub, 'close'>): () => void
}

/** @throws ConfigError naming every secret that is not there */
export function createGateways(live: LiveConfig, environment: Environment): FollowedGateways {
  let gateways = readGateways(live.current(), environment)
  return {
    current: () => gateways,
    follow: (hub) => {
      let isLocal = live.current().auth.localhost
      return live.onChange((config) => {
        const earlier = gateways
        // Until all of them can be read, none of them is believed.
        gateways = []
        try {
          gateways = readGateways(config, environment)
        } finally {
          const gone = new Set(lost(earlier, gateways).map(({ name }) => gatewayCredentialId(name)))
          if (!isDeepStrictEqual(isLocal, config.auth.localhost)) gone.add(localCredentialId)
          isLocal = config.auth.localhost
          if (gone.size > 0) hub.close(({ credentialId }) => gone.has(credentialId))
        }
      })
    },
  }
}

function lost(earlier: readonly Gateway[], now: readonly Gateway[]): readonly Gateway[] {
  return earlier.filter((gateway) => !now.some((other) => isDeepStrictEqual(gateway, other)))
}

/** @throws ConfigError naming every secret that is not there */
export function readGateways(config: Config, environment: Environment): readonly Gateway[] {
  const problems: string[] = []
  const gateways = config.auth.trusted_headers.map((settings, index) => {
    const secret = readSecret(settings, environment)
    if (settings.secret_header !== undefined && secret.length < leastSecretLength) {
      const where = settings.secret_file ?? settings.secret_env
      problems.push(
        `auth.trusted_headers.${index} (${settings.name}): ${where} holds no secret of at least ${leastSecretLength} characters; write one into it, e.g. of openssl rand -hex 32`,
      )
    }
    return gatewayOf(settings, secret)
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return gateways
}

function readSecret(
  { secret_file: file, secret_env: variable }: TrustedHeaderSettings,
  { named }: Environment,
): string {
  if (file !== undefined) return readBytes(file)?.toString('utf8').trim() ?? ''
  return variable === undefined ? '' : (named(variable) ?? '')
}

function gatewayOf(settings: TrustedHeaderSettings, secret: string): Gateway {
  const preset = settings.preset === undefined ? undefined : gatewayPresets[settings.preset]
  const header = settings.header ?? preset?.header ?? ''
  return {
    name: settings.name,
    header: header.toLowerCase(),
    groupsHeader: (settings.groups_header ?? preset?.groups_header)?.toLowerCase(),
    groupsSeparator: settings.groups_separator ?? preset?.groups_separator ?? ',',
    tenantHeader: settings.tenant_header?.toLowerCase(),
    from: settings.from,
    secret:
      settings.secret_header === undefined
        ? undefined
        : { header: settings.secret_header.toLowerCase(), value: secret },
    logoutUrl: settings.logout_url,
    asksAgain: settings.asks_again,
    accounts: settings.accounts,
  }
}
