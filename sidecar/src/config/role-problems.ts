/** Does every role that the configuration names exist, and is each new one based on another? */
import { createRoleTable, roleNames } from '@gatehouse/shared/roles'
import type { ConfigFile } from './schema.ts'

/** Settings under which a role's name stands, wherever they are. */
const roleKeys: ReadonlySet<string> = new Set(['role', 'default_role'])
/** What stands below these is the issuer's: `role` is the name of a claim there. */
const foreignKeys: ReadonlySet<string> = new Set(['claims', 'jwks'])

/** Each with its setting and its cure. */
export function roleProblems(config: Pick<ConfigFile, 'roles' | 'nodes' | 'placement' | 'auth'>): readonly string[] {
  const table = createRoleTable(config.roles)
  const isKnown = (name: string): boolean => table.names.some((known) => known === name)
  const { roles, ...sections } = config
  return [
    ...Object.entries(roles).flatMap(([name, definition]) => definitionProblems(name, definition?.like)),
    ...mentions(sections).flatMap(([path, name]) =>
      isKnown(name)
        ? []
        : [`${path}: there is no role ${name}; choose one of ${table.names.join(', ')}, or define it under roles`],
    ),
  ]
}

function definitionProblems(name: string, like: string | undefined): readonly string[] {
  const isBuiltIn = roleNames.some((known) => known === name)
  if (isBuiltIn && like !== undefined)
    return [`roles.${name}.like: ${name} is built in and starts from itself; remove it`]
  if (!isBuiltIn && like === undefined) return [`roles.${name}.like: name the built-in role that ${name} starts from`]
  return []
}

/** Every place where a role stands: `role: NAME`, `roles: [NAME]`, and the values of `roles: {GROUP: NAME}`. */
function mentions(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = path === '' ? key : `${path}.${key}`
    if (foreignKeys.has(key)) return []
    if (roleKeys.has(key) && typeof inner === 'string') return [[at, inner] as const]
    if (key !== 'roles' || typeof inner !== 'object' || inner === null) return mentions(inner, at)
    return Object.entries(inner).flatMap(([name, role]) =>
      typeof role === 'string' ? [[`${at}.${name}`, role] as const] : [],
    )
  })
}
