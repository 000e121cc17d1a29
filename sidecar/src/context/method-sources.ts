/** Who vouches for people from outside? Issuers, gateways, lists, providers and directories of the configuration. */
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { Log } from '../log.ts'
import { type FollowedIssuers, followJwtIssuers } from './build-jwt.ts'
import { createGateways, type FollowedGateways } from './follow-gateways.ts'
import { createFollowedHtpasswd, type FollowedHtpasswd } from './follow-htpasswd.ts'
import { createFollowedLdap, type FollowedLdap } from './follow-ldap.ts'
import { createFollowedOidc, type FollowedOidc } from './follow-oidc.ts'

export interface MethodSources {
  readonly jwtIssuers: FollowedIssuers
  readonly gateways: FollowedGateways
  readonly htpasswd: FollowedHtpasswd
  readonly oidc: FollowedOidc
  readonly ldap: FollowedLdap
}

/** @throws ConfigError for one that cannot be read */
export function createMethodSources(live: LiveConfig, environment: Environment, log: Log): MethodSources {
  const parts = { live, environment, log }
  return {
    jwtIssuers: followJwtIssuers({ ...parts, now: Date.now }),
    gateways: createGateways(live, environment),
    htpasswd: createFollowedHtpasswd(live, (error) => {
      log.error({ err: error }, 'what a password list no longer proves could not be ended')
    }),
    oidc: createFollowedOidc({ ...parts, now: Date.now }),
    ldap: createFollowedLdap(parts),
  }
}
