/** May somebody come from this address? The lists for everybody and for each role, and a note in the audit for who may not. */
import type { RoleName } from '@gatehouse/shared/roles'
import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { AddressLists } from '../config/network-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { everyRuleHolds, isReported, type MayPass, type ReportableRule } from '../policy/report-only.ts'
import { addressKey } from './address-key.ts'
import { isInRanges } from './address-range.ts'

export interface AddressGate {
  /** @throws address_refused */
  admit(address: string, role?: RoleName): void
  mayCome(address: string, role?: RoleName): boolean
  /** For a credential that may come from some addresses only. @throws address_refused */
  admitCredential(address: string, ranges: readonly string[], credential: string): void
}

export interface AddressGateDependencies {
  readonly live: Pick<LiveConfig, 'current'>
  readonly audit: Pick<Audit, 'record'>
  /** Left out: the lists hold. */
  readonly mayPass?: MayPass
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Whoever hammers at a closed door does not fill the audit. */
const auditEveryMs = 60_000

export function createAddressGate({
  live,
  audit,
  now,
  mayPass = everyRuleHolds,
}: AddressGateDependencies): AddressGate {
  const notedAtMs = new LRUCache<string, number>({ max: 10_000 })
  const refuse = (address: string, target: string): never => {
    const key = `${addressKey(address)} ${target}`
    if (now() - (notedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= auditEveryMs) {
      notedAtMs.set(key, now())
      audit.record({ kind: 'address.refused', address, target })
    }
    throw new GatehouseError('address_refused', { detail: target })
  }
  /** Every list, because the first may only report. */
  const refusing = (address: string, role: RoleName | undefined): readonly string[] => {
    const { network, roles } = live.current()
    const isForRole = role === undefined || isAdmitted(address, roles[role]?.addresses ?? {})
    return [...(isAdmitted(address, network) ? [] : ['network']), ...(isForRole ? [] : [`roles.${role}.addresses`])]
  }
  return {
    mayCome: (address, role) => {
      const tried = live.current().policy.report_only
      return refusing(address, role).every((target) => isReported(tried, ruleOf(target), role))
    },
    admit: (address, role) => {
      for (const target of refusing(address, role)) {
        if (!mayPass(ruleOf(target), { address, target, role })) refuse(address, target)
      }
    },
    admitCredential: (address, ranges, credential) => {
      if (!isInRanges(address, ranges)) refuse(address, credential)
    },
  }
}

function ruleOf(target: string): ReportableRule {
  return target === 'network' ? 'network' : 'role-addresses'
}

/** Where nobody listens to the audit. */
export const admitSilently: Pick<AddressGate, 'admitCredential'> = {
  admitCredential: (address, ranges, credential) => {
    if (!isInRanges(address, ranges)) throw new GatehouseError('address_refused', { detail: credential })
  },
}

/** Whoever has no address that can be judged is in no list, and an allow list leaves them out. */
function isAdmitted(address: string, { allow, deny }: AddressLists): boolean {
  if (deny !== undefined && isInRanges(address, deny)) return false
  return allow === undefined || isInRanges(address, allow)
}
