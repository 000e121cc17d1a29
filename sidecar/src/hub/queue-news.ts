/** What does a tenant hear about the queue? Its own counts and its place, never anybody else's load. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { JsonObject } from '@gatehouse/shared/json'
import { queueEvent } from '@gatehouse/shared/page-binding'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import type { Clock } from '../ledger/ports.ts'
import type { Audience } from './audience.ts'
import type { Member } from './member.ts'
import type { Serial } from './serial.ts'

/** Every `status` makes the stock UI ask twice for its jobs. */
const statusEveryMs = 250
const placesEveryMs = 1_000

export interface QueueNews {
  /** The tenant's own counts changed. */
  changed(tenantId: TenantId): void
  /** The first frames of a socket: own counts and the id it goes by, as ComfyUI greets. */
  greet(member: Member): Promise<void>
}

interface QueueNewsDependencies {
  readonly ledger: Pick<LedgerForHub, 'counts' | 'position'>
  readonly audience: Audience
  readonly clock: Clock
  /** Shared with the frames, so that a job's last frames are out before its `status` is. */
  readonly serial: Serial
}

export function createQueueNews({ ledger, audience, clock, serial }: QueueNewsDependencies): QueueNews {
  const lastStatusMs = new Map<TenantId, number>()
  const scheduled = new Set<TenantId>()
  const lastPlace = new Map<TenantId, string>()
  let placesScheduled = false

  const tellPlace = async (tenantId: TenantId): Promise<void> => {
    const place = { ...(await ledger.position(tenantId)) }
    const text = JSON.stringify(place)
    if (lastPlace.get(tenantId) === text) return
    lastPlace.set(tenantId, text)
    for (const member of audience.inTenant(tenantId)) member.send(queueEvent, place)
  }
  const tellStatus = async (tenantId: TenantId): Promise<void> => {
    scheduled.delete(tenantId)
    if (audience.inTenant(tenantId).length === 0) return
    lastStatusMs.set(tenantId, clock.nowMs())
    const status = statusOf(await ledger.counts(tenantId))
    for (const member of audience.inTenant(tenantId)) member.send('status', { status })
    await tellPlace(tenantId)
  }
  const tellPlaces = async (): Promise<void> => {
    placesScheduled = false
    const tenants = audience.tenants()
    for (const known of lastPlace.keys()) if (!tenants.includes(known)) forget(known)
    for (const tenantId of tenants) await tellPlace(tenantId)
  }
  const forget = (tenantId: TenantId): void => {
    lastPlace.delete(tenantId)
    lastStatusMs.delete(tenantId)
  }
  return {
    changed: (tenantId) => {
      if (!scheduled.has(tenantId)) {
        scheduled.add(tenantId)
        const waitMs = Math.max(0, (lastStatusMs.get(tenantId) ?? 0) + statusEveryMs - clock.nowMs())
        clock.after(waitMs, () => serial.add(() => tellStatus(tenantId)))
      }
      if (!placesScheduled) {
        placesScheduled = true
        clock.after(placesEveryMs, () => serial.add(tellPlaces))
      }
    },
    greet: async (member) => {
      const tenantId = member.principal.tenant.id
      const place = { ...(await ledger.position(tenantId)) }
      // Known from now on: what did not change is not told anew because others came or went.
      if (!lastPlace.has(tenantId)) lastPlace.set(tenantId, JSON.stringify(place))
      member.send('status', { status: statusOf(place), sid: member.clientId })
      if (place.pending + place.running > 0) member.send(queueEvent, place)
    },
  }
}

function statusOf({ pending, running }: { readonly pending: number; readonly running: number }): JsonObject {
  return { exec_info: { queue_remaining: pending + running } }
}
