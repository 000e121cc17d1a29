/** To what may a key be limited? To some of what its maker may do, to addresses, to one workflow. */
import { type Permission, parsePermission } from '@gatehouse/shared/roles'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { isRange } from '../identity/address-range.ts'

/** A session token carries them along, and fits into every header. */
const addressLimitCount = 20

export const keyLimits = z.object({
  scopes: z.array(z.string().max(64)).min(1).max(64).nullish(),
  addresses: z.array(z.string().max(64)).min(1).max(addressLimitCount).nullish(),
  workflow: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u)
    .nullish(),
})

export interface KeyLimits {
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}

/** Nobody gives what they lack (JupyterHub CVE-2024-41942). @throws bad_input, forbidden */
export function judgeKeyLimits(wanted: z.infer<typeof keyLimits>, held: ReadonlySet<Permission>): KeyLimits {
  const scopes = wanted.scopes == null ? null : [...new Set(wanted.scopes.map((name) => judgeScope(name, held)))]
  for (const range of wanted.addresses ?? []) {
    if (!isRange(range)) {
      throw new GatehouseError('bad_input', {
        message: `"${range}" is no address or range. Write 192.0.2.7 or 10.0.0.0/8.`,
      })
    }
  }
  return { scopes, addresses: wanted.addresses ?? null, workflow: wanted.workflow ?? null }
}

function judgeScope(name: string, held: ReadonlySet<Permission>): Permission {
  const permission = parsePermission(name)
  if (permission === undefined) {
    throw new GatehouseError('bad_input', { message: `There is no scope "${name}". See docs/permissions.md.` })
  }
  if (held.has(permission)) return permission
  throw new GatehouseError('forbidden', { message: `You may not do ${permission} yourself, so no key of yours may.` })
}
