/** Are these answers lists of people and roles? Entries that are not what the contract says are left out. */
import type { Fields } from '@gatehouse/shared/parse-fields'
import type { RoleSummary, UserSummary } from '@gatehouse/shared/people-contract'
import { parsePermission, parseRole } from '@gatehouse/shared/roles'
import { parseEntries } from '../parse-entries.ts'

/** By name. */
export function parseUsers(value: unknown): readonly UserSummary[] {
  return parseEntries(value, parseUser).sort((a, b) => a.name.localeCompare(b.name))
}

export function parseRoles(value: unknown): readonly RoleSummary[] {
  return parseEntries(value, ({ name, permissions, mayGive }) => {
    const role = parseRole(String(name))
    if (role === undefined || !Array.isArray(permissions)) return undefined
    const held = permissions.flatMap((permission) => parsePermission(String(permission)) ?? [])
    return { name: role, permissions: held, mayGive: mayGive === true }
  })
}

const states = ['active', 'disabled', 'pending'] as const

function parseUser({ name, role, tenant, state, kind, createdAt }: Fields): UserSummary | undefined {
  const [known, place] = [parseRole(String(role)), states.find((one) => one === state)]
  if (typeof name !== 'string' || known === undefined || place === undefined) return undefined
  return {
    ...{ name, role: known, state: place },
    tenant: typeof tenant === 'string' ? tenant : '',
    kind: kind === 'service' ? 'service' : 'person',
    createdAt: typeof createdAt === 'string' ? createdAt : '',
  }
}
