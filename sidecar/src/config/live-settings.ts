/** Which settings are obeyed without a restart, and which of a changed file have to wait for one? */
import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import type { ConfigFile } from './schema.ts'

/** Everything else is built into what runs: listeners, connections, the table of routes. */
export const liveSections = [
  'auth',
  'audit',
  'network',
  'nodes',
  'events',
  'files',
  'limits',
  'models',
  'policy',
  'roles',
  'log',
] as const satisfies readonly (keyof ConfigFile)[]

/** Settings of those sections that are built into what runs all the same: the key that seals events opened the store. */
const restartSettings: ReadonlySet<string> = new Set(['audit.key_file'])

/** Whether a change of it is obeyed without a restart. */
export function isLiveSetting(setting: string): boolean {
  return liveSections.some((section) => section === setting.split('.', 1)[0]) && !restartSettings.has(setting)
}

export interface ChangedConfig {
  /** What can be followed; settings that need a restart keep the value they run with. */
  readonly config: Config
  /** Settings that hold from now on. */
  readonly followed: readonly string[]
  /** Settings that hold after a restart. */
  readonly waiting: readonly string[]
}

/** Compares what runs with what the file says now. */
export function compareConfigs(running: Config, next: Config): ChangedConfig {
  const live = Object.fromEntries(liveSections.map((section) => [section, next[section]])) as Pick<
    Config,
    (typeof liveSections)[number]
  >
  const changed = differences(settingsOf(running), settingsOf(next))
  return {
    config: Object.freeze({ ...running, ...live, audit: { ...live.audit, key_file: running.audit.key_file } }),
    followed: changed.filter(isLiveSetting),
    waiting: changed.filter((setting) => !isLiveSetting(setting)),
  }
}

/** What the file and the flags set, without what was derived from them. */
function settingsOf(config: Config): object {
  const { dataDir, comfyuiUrl, listen, comfyuiConfigured: _, ...file } = config
  return {
    ...file,
    data: { dir: dataDir },
    comfyui: { ...file.comfyui, url: comfyuiUrl.href },
    server: { ...file.server, listen: listen.map(({ host, port }) => `${host}:${port}`) },
  }
}

function differences(before: unknown, after: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isSection(before) || !isSection(after)) return [path]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => differences(before[name], after[name], path === '' ? name : `${path}.${name}`))
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
