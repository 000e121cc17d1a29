/** To what may a key be limited? To some of what its maker may do, to addresses, to one workflow. */
import { type Permission, parsePermission } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { isRange } from './address-range.ts'

/** A session token carries them along, and has to fit into every header. */
export const addressLimitCount = 20
export const workflowNameLimit = 200

export interface WantedLimits {
  readonly scopes?: readonly string[] | null | undefined
  readonly addresses?: readonly string[] | null | undefined
  readonly workflow?: string | null | undefined
}

export interface KeyLimits {
  readonly scopes: readonly Permission[] | null
  readonly addresses: readonly string[] | null
  readonly workflow: string | null
}

/** Nobody gives what they lack (JupyterHub CVE-2024-41942). @throws bad_input, forbidden */
export function judgeKeyLimits(wanted: WantedLimits, held: ReadonlySet<Permission>): KeyLimits {
  const { scopes, addresses, workflow } = wanted
  if ((addresses?.length ?? 0) > addressLimitCount) {
    throw wrong(`A key has ${addressLimitCount} addresses and ranges at most. Name ranges instead.`)
  }
  for (const range of addresses ?? []) {
    if (!isRange(range)) throw wrong(`"${range}" is no address or range. Write 192.0.2.7 or 10.0.0.0/8.`)
  }
  if (workflow != null && (workflow.length > workflowNameLimit || !/^\P{Cc}+$/u.test(workflow))) {
    throw wrong(`"${workflow.slice(0, workflowNameLimit)}" cannot be the name of a workflow.`)
  }
  return {
    scopes: scopes == null ? null : [...new Set(scopes.map((name) => judgeScope(name, held)))],
    addresses: addresses ?? null,
    workflow: workflow ?? null,
  }
}

/** @throws bad_input, forbidden */
export function judgeScope(name: string, held: ReadonlySet<Permission>): Permission {
  const permission = parsePermission(name)
  if (permission === undefined) throw wrong(`There is no scope "${name}". They are listed in docs/permissions.md.`)
  if (held.has(permission)) return permission
  throw new GatehouseError('forbidden', {
    message: `The scope ${permission} cannot be given by, or to, somebody who may not do that. Leave it out.`,
  })
}

function wrong(message: string): GatehouseError {
  return new GatehouseError('bad_input', { message })
}
