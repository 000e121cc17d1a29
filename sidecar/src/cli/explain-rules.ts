/** What do the rules say that are asked before any row? The account, its second factor, addresses, and the limits of a key. */
import type { Config } from '../config/config.ts'
import { createAddressGate } from '../identity/address-lists.ts'
import { isInRanges } from '../identity/address-range.ts'
import type { Circumstances } from '../policy/explain.ts'
import type { ApiKeyRecord } from '../store/api-keys.ts'
import type { Member } from '../store/store.ts'

/** What one rule before the row says: a line, and why it refuses. */
export interface Rule {
  readonly line?: string
  readonly refused?: string
}

export function together(rules: readonly Rule[], { policy }: Config): Circumstances {
  return {
    reported: policy.report_only,
    lines: rules.flatMap(({ line }) => line ?? []),
    refused: rules.find(({ refused }) => refused !== undefined)?.refused,
  }
}

export function accountRule({ state, role }: Member, hasRole: boolean): Rule {
  if (state !== 'active') return { line: `account: ${state}`, refused: `the account is ${state}` }
  return hasRole ? {} : { line: `role: there is no ${role} in the configuration, so it may nothing` }
}

export function keyRule({ id, scopes, addresses, workflow, expiresAtMs }: ApiKeyRecord, nowMs: number): Rule {
  const limits = [
    `scopes ${scopes === null ? 'all of the role' : scopes.join(' ') || 'none'}`,
    `addresses ${addresses === null ? 'any' : addresses.join(' ')}`,
    `workflow ${workflow === null ? 'any' : `"${workflow}"`}`,
  ]
  const isOver = expiresAtMs !== null && expiresAtMs <= nowMs
  const line = `key: ${id}, ${limits.join(', ')}`
  return isOver ? { line, refused: 'the key has expired' } : { line }
}

export function keyAddressRule(ranges: readonly string[], from: string): Rule {
  return isInRanges(from, ranges) ? {} : { refused: `the key may not come from ${from}` }
}

/** `factors`: those of the account; undefined for a key, which was made by somebody who was proven. */
export function factorRule({ roles }: Config, { name, role }: Member, factors: readonly unknown[] | undefined): Rule {
  if (roles[role]?.second_factor !== 'required') return {}
  if (factors === undefined) return { line: `second factor: required of ${role}, and not asked of keys` }
  if (factors.length > 0) return { line: `second factor: required of ${role}, and ${name} has ${factors.length}` }
  return {
    line: `second factor: required of ${role}, and ${name} has none; a log-in at a provider that has proven one would do`,
    refused: 'the role needs a second factor, and the account has none',
  }
}

/** The lists for everybody, then those of the role. */
export function addressRule(config: Config, from: string | undefined, member?: Member): Rule {
  if (from === undefined) return {}
  const list = refusingList(config, from, member)
  if (list !== undefined) {
    const refused = list === 'network' ? 'the address is refused' : 'the address is refused to the role'
    return { line: `address: ${from} is refused by ${list}`, refused }
  }
  const tried = refusingList({ ...config, policy: { report_only: [] } }, from, member)
  const but = tried === undefined ? '' : `: ${tried} would refuse it, and only reports`
  return { line: `address: ${from} is let in${but}` }
}

function refusingList(config: Config, from: string, member: Member | undefined): string | undefined {
  const gate = createAddressGate({ live: { current: () => config }, audit: { record: () => undefined }, now: Date.now })
  if (!gate.mayCome(from)) return 'network'
  return gate.mayCome(from, member?.role) ? undefined : `roles.${member?.role}.addresses`
}
