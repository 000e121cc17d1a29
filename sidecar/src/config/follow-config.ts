/** What does the configuration file say now? Read again when it, or a file of secrets it names, changes, and on demand. */
import { type StatsListener, statSync, unwatchFile, watchFile } from 'node:fs'
import { type Config, ConfigError } from './config.ts'
import type { LiveConfig } from './live-config.ts'
import { type ChangedConfig, compareConfigs } from './live-settings.ts'

/** Where a running sidecar finds its configuration again. */
export interface ConfigSource {
  readonly path: string
  /** @throws ConfigError with every mistake at once */
  readonly read: () => Config
}

export interface FollowOptions {
  readonly source: ConfigSource
  readonly live: LiveConfig
  readonly followed: (change: ChangedConfig) => void
  /** The file has mistakes: everything stays as it was. */
  readonly refused: (problems: readonly string[]) => void
  /** It is followed but for what these are about: a file that it names cannot be used, for instance. */
  readonly incomplete: (problems: readonly string[]) => void
}

export interface FollowedConfig {
  /** Reads it now. */
  reload(): void
  close(): void
}

/** Asked by `stat`, which also works where no events come: network mounts, bind mounts, symbolic links that are swapped. */
const lookEveryMs = 250
/** An editor that empties a file before it writes it is done by then. */
const settleMs = 200

export function followConfig({ source, live, followed, refused, incomplete }: FollowOptions): FollowedConfig {
  let watched: readonly string[] = []
  let settling: NodeJS.Timeout | undefined
  const reload = (): void => {
    try {
      refuseEmpty(source.path)
      const change = compareConfigs(live.current(), source.read())
      // First: who follows may find a file that cannot be read, and has to be told when it can.
      watch([source.path, ...secretFiles(change.config)])
      try {
        live.replace(change.config)
      } catch (error) {
        incomplete(problemsOf(error))
      }
      // Also then: it holds but for these, and at the next look nothing of it is new.
      followed(change)
    } catch (error) {
      // Files change between two looks at them: whatever is wrong then must not end a sidecar that runs.
      refused(problemsOf(error))
    }
  }
  const changed: StatsListener = () => {
    clearTimeout(settling)
    settling = setTimeout(reload, settleMs)
    settling.unref()
  }
  const watch = (files: readonly string[]): void => {
    for (const file of watched) if (!files.includes(file)) unwatchFile(file, changed)
    for (const file of files) {
      if (!watched.includes(file)) watchFile(file, { interval: lookEveryMs, persistent: false }, changed)
    }
    watched = files
  }
  watch([source.path, ...secretFiles(live.current())])
  return {
    reload,
    close: () => {
      clearTimeout(settling)
      watch([])
    },
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems
  return [error instanceof Error ? error.message : String(error)]
}

/** Files whose content is obeyed without a restart. */
function secretFiles(config: Config): readonly string[] {
  const { static_keys: keys, trusted_headers: gateways, jwt, oidc, ldap, htpasswd_file: list } = config.auth
  return [
    list,
    ...keys.map(({ file }) => file),
    ...gateways.map(({ secret_file }) => secret_file),
    ...oidc.map(({ client_secret_file }) => client_secret_file),
    ...ldap.flatMap(({ bind_password_file, ca_file }) => [bind_password_file, ca_file]),
    ...jwt.flatMap(({ jwks_file, pem_file, secret_file }) => [jwks_file, pem_file, secret_file]),
  ].filter((file) => file !== undefined)
}

/** A file that is being written is empty for a moment, and would take every limit back to its default. */
function refuseEmpty(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.size !== 0) return
  throw new ConfigError([`${path}: the file is empty; write {} to take every setting back to its default`])
}
