/** What holds right now? The configuration that a running sidecar follows, and what each role may use of it. */
import { createRoleTable, type RoleName, type RoleTable } from '@gatehouse/shared/roles'
import type { Config } from './config.ts'

/** Everything one role may use; sizes in bytes, times in milliseconds. */
export type RoleLimits = Omit<Config['limits'], 'connections' | 'socket_backlog'>

export interface LiveConfig {
  /** To be asked at the moment of use and not kept: a changed file is obeyed without a restart. */
  current(): Config
  limitsOf(role: RoleName): RoleLimits
  /** Which roles exist, and what they may. */
  roles(): RoleTable
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
  let roles = createRoleTable(initial.roles)
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
    roles: () => roles,
    stripsMetadata: (role) => config.roles[role]?.strip_metadata ?? false,
    replace: (next) => {
      config = next
      byRole = new Map()
      roles = createRoleTable(next.roles)
      // One that cannot follow must not keep the others from it: a fixed key that is gone has to go.
      const errors = [...listeners].flatMap((listener) => errorsOf(() => listener(next)))
      if (errors.length > 0) throw errors[0]
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function errorsOf(call: () => void): readonly unknown[] {
  try {
    call()
    return []
  } catch (error) {
    return [error]
  }
}

function definedOnly<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
