/** Which directories judge passwords now? Those of the configuration, followed without a restart; what others proved ends. */
import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../audit/audit.ts'
import { isInClear, type LdapSettings } from '../config/auth/ldap-schema.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { ResolveExternal } from '../identity/external-account.ts'
import { createDirectory, type Directory, directoryIssuer } from '../identity/ldap/directory.ts'
import { createLdapSource, type LdapSource, type LdapSourceDependencies } from '../identity/ldap/ldap-source.ts'
import { createLdapRecheck } from '../identity/ldap/recheck.ts'
import type { PasswordSource } from '../identity/password-source.ts'
import type { Log } from '../log.ts'
import { openLdap } from '../proxy/ldap-connection.ts'
import type { SessionRecord, Store } from '../store/store.ts'
import { endVouched } from './end-vouched.ts'
import { everySoOften } from './every-so-often.ts'
import { readBytes } from './read-secrets.ts'

export interface FollowedLdap {
  sourceOf(parts: Pick<LdapSourceDependencies, 'resolveExternal'>): PasswordSource
  /** Ends what directories proved that are configured no more, now and after each change, or that they take back; the result ends it. */
  follow(parts: LdapFollowParts): Promise<() => void>
}

export interface LdapFollowParts {
  readonly store: Pick<Store, 'sessions' | 'users'>
  readonly audit: Pick<Audit, 'record'>
}

export interface LdapDependencies {
  readonly live: LiveConfig
  readonly environment: Environment
  readonly log: Log
}

export interface LdapSecrets {
  readonly bindPassword: string | undefined
  readonly authority: string | undefined
}

interface Entry {
  readonly secrets: LdapSecrets
  readonly directory: Directory
}

/** @throws ConfigError */
export function createFollowedLdap({ live, environment, log }: LdapDependencies): FollowedLdap {
  let entries: readonly Entry[] = []
  const make = (settings: LdapSettings, secrets: LdapSecrets): Directory => {
    const { name, url, start_tls: startTls } = settings
    if (isInClear(settings)) {
      log.warn(
        { directory: name, url },
        'PASSWORDS CROSS THE NETWORK IN CLEAR to this directory: use ldaps:// or start_tls',
      )
    }
    return createDirectory({
      settings,
      bindPassword: secrets.bindPassword,
      open: () => openLdap({ url, startTls, authority: secrets.authority }),
      refused: (reason) => log.info({ directory: name, reason }, 'a right password of a directory does not count'),
    })
  }
  const read = (config: Config): readonly Entry[] => {
    const all = readLdapSecrets(config, environment)
    return config.auth.ldap.flatMap((settings, index) => {
      const secrets = all[index]
      if (secrets === undefined) return []
      const known = entries.find(
        (entry) => isDeepStrictEqual(entry.secrets, secrets) && isDeepStrictEqual(entry.directory.settings, settings),
      )
      return [known ?? { secrets, directory: make(settings, secrets) }]
    })
  }
  entries = read(live.current())
  let directories = entries.map(({ directory }) => directory)
  let source: Joined | undefined
  const failed = (error: unknown) => log.error({ err: error }, 'what a directory proved could not be looked at again')
  return {
    sourceOf: ({ resolveExternal }) => {
      source = { resolveExternal, ldap: createLdapSource({ directories: () => directories, resolveExternal }) }
      return source.ldap
    },
    follow: async ({ store, audit }) => {
      const ending = await endVouched({
        ...{ store, failed, takeGone: source?.ldap.takeGone },
        gone: () => goneFrom(live.current()),
      })
      const stopFollowing = live.onChange((config) => {
        // What is configured no more judges nobody, also while a secret of another directory cannot be read.
        entries = entries.filter(({ directory }) => isConfigured(config, directory))
        try {
          entries = read(config)
        } finally {
          directories = entries.map(({ directory }) => directory)
          ending.run()
        }
      })
      const stop = () => {
        stopFollowing()
        ending.stop()
      }
      if (source === undefined) return stop
      const recheck = createLdapRecheck({
        ...{ store, failed, resolveExternal: source.resolveExternal, now: Date.now, directories: () => directories },
        ended: ({ id }, { settings }) => {
          const detail = { session: id, directory: settings.name, byDirectory: true }
          audit.record({ kind: 'session.revoked', method: 'ldap', detail })
        },
      })
      const stopAsking = everySoOften(recheck.run)
      return () => {
        stopAsking()
        stop()
      }
    },
  }
}

interface Joined {
  readonly resolveExternal: ResolveExternal
  readonly ldap: LdapSource
}

function isConfigured({ auth }: Pick<Config, 'auth'>, { settings }: Directory): boolean {
  return auth.ldap.some((configured) => isDeepStrictEqual(configured, settings))
}

function goneFrom({ auth }: Pick<Config, 'auth'>): (session: SessionRecord) => boolean {
  const kept = new Set(auth.ldap.map(({ name }) => directoryIssuer(name)))
  return ({ issuer }) => issuer?.startsWith('ldap:') === true && !kept.has(issuer)
}

/** In order. @throws ConfigError naming every file that is not there */
export function readLdapSecrets(config: Config, { named }: Environment): readonly LdapSecrets[] {
  const problems: string[] = []
  const all = config.auth.ldap.map((settings, index) => {
    const { bind_dn: who, bind_password_file: file, bind_password_env: variable, ca_file: ca } = settings
    const setting = `auth.ldap.${index} (${settings.name})`
    const text = file === undefined ? named(variable ?? '') : readBytes(file)?.toString('utf8').trim()
    // With an empty one the directory would take Gatehouse for nobody, and say that all is well.
    if (who !== undefined && (text === undefined || text === '')) {
      problems.push(`${setting}: ${file ?? variable} is empty or not there; write the password of bind_dn into it`)
    }
    const authority = ca === undefined ? undefined : readBytes(ca)?.toString('utf8')
    if (ca !== undefined && authority === undefined) {
      problems.push(`${setting}: ca_file ${ca} cannot be read; check the path and its permissions`)
    }
    return { bindPassword: who === undefined ? undefined : text, authority }
  })
  if (problems.length > 0) throw new ConfigError(problems)
  return all
}
