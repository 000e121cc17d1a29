/** Does every role that the configuration names exist, and is each new one based on another? */
import { roleNames } from '@gatehouse/shared/roles'
import { parseReported } from '../policy/report-only.ts'

/** Settings under which a role's name stands, wherever they are. */
const roleKeys: ReadonlySet<string> = new Set(['role', 'default_role', 'registration_role'])
/** What stands below these is the issuer's: `role` is the name of a claim there. */
const foreignKeys: ReadonlySet<string> = new Set(['claims', 'jwks'])

/** Each with its setting and its cure; a file with other mistakes is judged as far as it can be read. */
export function roleProblems({
  roles: defined,
  nodes,
  placement,
  auth,
  policy,
}: Readonly<Record<string, unknown>>): readonly string[] {
  const roles = isSection(defined) ? defined : {}
  const known = [...new Set([...roleNames, ...Object.keys(roles)])]
  return [
    ...Object.entries(roles).flatMap(([name, definition]) => definitionProblems(name, definition)),
    ...[...mentions({ nodes, placement, auth }), ...tried(policy)].flatMap(([path, name]) =>
      known.includes(name)
        ? []
        : [`${path}: there is no role ${name}; choose one of ${known.join(', ')}, or define it under roles`],
    ),
  ]
}

function definitionProblems(name: string, definition: unknown): readonly string[] {
  const like = isSection(definition) ? definition.like : undefined
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

/** `policy.report_only: [role-nodes:NAME]`. */
function tried(policy: unknown): readonly (readonly [string, string])[] {
  const entries: unknown = isSection(policy) ? policy.report_only : undefined
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown, index) => {
    const role = typeof entry === 'string' ? parseReported(entry)?.role : undefined
    return role === undefined ? [] : [[`policy.report_only.${index}`, role] as const]
  })
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
