/** What holds right now? The configuration that a running sidecar follows, and what each role may use of it. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { Config } from './config.ts'

/** Everything one role may use; sizes in bytes, times in milliseconds. */
export type RoleLimits = Omit<Config['limits'], 'connections'>

export interface LiveConfig {
  /** To be asked at the moment of use and not kept: a changed file is obeyed without a restart. */
  current(): Config
  limitsOf(role: RoleName): RoleLimits
  /** Whether this role sees files only without what says how they were made. */
  stripsMetadata(role: RoleName): boolean
  /** Follows another configuration from now on. */
  replace(config: Config): void
  /** Calls back after each change; the result ends it. */
  onChange(listener: (config: Config) => void): () => void
}

export function createLiveConfig(initial: Config): LiveConfig {
  let config = initial
  let byRole = new Map<RoleName, RoleLimits>()
  const listeners = new Set<(config: Config) => void>()
  return {
    current: () => config,
    limitsOf: (role) => {
      const known = byRole.get(role)
      if (known !== undefined) return known
      const limits = { ...config.limits, ...definedOnly(config.roles[role]?.limits ?? {}) }
      byRole.set(role, limits)
      return limits
    },
    stripsMetadata: (role) => config.roles[role]?.strip_metadata ?? false,
    replace: (next) => {
      config = next
      byRole = new Map()
      for (const listener of [...listeners]) listener(next)
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
