/** How often is written down what one person can do again and again without an end? Equal events of one actor are summed up. */
import { addressKey } from '../identity/address-key.ts'
import type { AuditKind } from './audit.ts'
import { type Bound, createBound } from './bound.ts'

/**
 * They are never refused for their number: whoever stole a credential would keep its owner out with it. Whatever else
 * somebody does is refused instead when it is too much (limits/change-rate.ts), so that none of it is only counted.
 */
const repeatable: ReadonlySet<AuditKind> = new Set([
  'login.succeeded',
  'logout',
  'session.elevated',
  'session.revoked',
  'password.changed',
])

export function createBoundRepeats(now: () => number): Bound {
  return createBound(
    {
      placeOf: (entry) => {
        const { kind, actor, impersonatorId, target, method, address } = entry
        const place = address === undefined ? undefined : addressKey(address)
        const who = actor?.id ?? place
        // What the sidecar does by itself nobody repeats.
        if (!repeatable.has(kind) || who === undefined) return undefined
        // A log-in from elsewhere, or proven otherwise, is another event.
        return { group: join(kind, who, target), key: join(method, place, impersonatorId) }
      },
      perKeyCount: 10,
      perGroupCount: 60,
      // Of each person and kind less than a megabyte a day, for as long as it goes on.
      rate: { perMinute: 0.5, burst: 200 },
      ofKey: ({ actor, impersonatorId, tenantId, target, method, address }) => ({
        ...{ actor, impersonatorId, tenantId, target, method, address },
      }),
      ofGroup: ({ actor, tenantId, target }) => ({ actor, tenantId, target }),
    },
    now,
  )
}

function join(...parts: readonly (string | undefined)[]): string {
  return JSON.stringify(parts)
}
