/** Is this answer a `Me`? The proof that browser code needs before it trusts one. */
import type { Me } from './own-api-contract.ts'
import { type Permission, parseRole, permissions } from './roles.ts'

/** `value` as the answer of `GET /me`, login or set-up; undefined when it is anything else. */
export function parseMe(value: unknown): Me | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  const [user, page, tenant, csrf, impersonator] = ['user', 'page', 'tenant', 'csrf', 'impersonator'].map((name) =>
    parseText(fields.get(name)),
  )
  const role = parseRole(parseText(fields.get('role')) ?? '')
  if (user === undefined || page === undefined || role === undefined) return undefined
  return {
    user,
    role,
    page,
    tenant: tenant ?? '',
    permissions: parsePermissions(fields.get('permissions')),
    ...(csrf === undefined ? {} : { csrf }),
    ...(impersonator === undefined ? {} : { impersonator }),
    ...parseJobsAtLogout(fields.get('jobsAtLogout')),
    ...(fields.get('guest') === true ? { guest: true } : {}),
    ...(fields.get('needsFactor') === true ? { needsFactor: true } : {}),
  }
}

function parseJobsAtLogout(value: unknown): Pick<Me, 'jobsAtLogout'> {
  return value === 'cancel' || value === 'cancel_waiting' ? { jobsAtLogout: value } : {}
}

function parsePermissions(value: unknown): readonly Permission[] {
  return Array.isArray(value) ? value.filter(isPermission) : []
}

function isPermission(value: unknown): value is Permission {
  return typeof value === 'string' && Object.hasOwn(permissions, value)
}

function parseText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
