/** How much may refusals make us write? So many of one caller, and of all, in a minute and in the long run; of the rest, their number. */
import { addressKey } from '../identity/address-key.ts'
import type { AuditEntry, AuditKind } from './audit.ts'
import { type Bound, createBound } from './bound.ts'

/** What anybody can cause, signed in or not, as often as they like. */
const refusals: ReadonlySet<AuditKind> = new Set([
  'login.refused',
  'factor.refused',
  'credentials.conflicted',
  'access.refused',
  'address.refused',
  'rule.reported',
  'device.refused',
  'user.registered',
])

export function createBoundStrangers(now: () => number): Bound {
  return createBound(
    {
      placeOf: (entry) => (refusals.has(entry.kind) ? { group: entry.kind, key: callerOf(entry) } : undefined),
      perKeyCount: 30,
      // By all callers together: many addresses must not push out of the list what happened before.
      perGroupCount: 120,
      // All kinds together some 25 MB a day, for as long as it goes on.
      rate: { perMinute: 2, burst: 3_000 },
      ofKey: ({ address, actor }) => ({ address, actor }),
      ofGroup: () => ({}),
    },
    now,
  )
}

function callerOf({ actor, address }: AuditEntry): string {
  return actor?.id ?? (address === undefined ? '' : addressKey(address))
}
