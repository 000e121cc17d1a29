/** On which ComfyUI is a tenant? Its own pin, else the one to which the roles of all its people lead, else the default. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Config } from '../config/config.ts'
import { defaultWorkerName } from '../config/workers-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { createRevocableCache } from '../identity/revocable-cache.ts'
import { canonicalUserName } from '../identity/user-name.ts'
import type { ChangeFeed, Tenants } from '../store/store.ts'

export interface Placement {
  /** The name of its worker. @throws tenant_split when its people lead to several: its files must not be divided */
  workerOf(tenantId: TenantId): Promise<string>
  /** Whether it can change while nobody touches the configuration: with people and their roles. */
  readonly followsRoles: boolean
}

export interface PlacementDependencies {
  readonly tenants: Tenants
  readonly feed: ChangeFeed
  readonly entries: Config['placement']
  /** The worker that a look at the installation is about, where the tenant is one of its own; where there are several. */
  readonly trialOn?: (tenantId: TenantId) => Promise<string | undefined>
}

type Entry = Config['placement'][number]

interface Place {
  /** undefined: several. */
  readonly worker: string | undefined
}

export function createPlacement({ tenants, feed, entries, trialOn }: PlacementDependencies): Placement {
  const places = createRevocableCache<Place>({
    feed,
    max: 10_000,
    ttlMs: 60_000,
    endsAll: ({ kind }) => kind === 'user' || kind === 'added',
  })
  const byRole = new Map(entries.flatMap(({ role, worker }) => (role === undefined ? [] : [[role, worker] as const])))
  const find = async (tenantId: TenantId): Promise<Place> => {
    const trial = await trialOn?.(tenantId)
    if (trial !== undefined) return { worker: trial }
    const pin = await pinOf(tenants, entries, tenantId)
    if (pin !== undefined || byRole.size === 0) return { worker: pin ?? defaultWorkerName }
    const people = (await tenants.members(tenantId)).filter(({ state }) => state === 'active')
    const workers = new Set(people.map(({ role }) => byRole.get(role) ?? defaultWorkerName))
    if (workers.size > 1) return { worker: undefined }
    return { worker: [...workers][0] ?? defaultWorkerName }
  }
  return {
    followsRoles: byRole.size > 0,
    workerOf: async (tenantId) => {
      if (entries.length === 0 && trialOn === undefined) return defaultWorkerName
      const place = await places.get(tenantId, () => find(tenantId))
      if (place?.worker === undefined) throw new GatehouseError('tenant_split')
      return place.worker
    },
  }
}

/** Pinned tenants that do not exist: a slip of the pen would leave one on a worker that is not its own. */
export async function unknownTenants(tenants: Tenants, entries: Config['placement']): Promise<readonly string[]> {
  const problems = entries.map(async ({ tenant }, index) => {
    if (tenant === undefined || (await findTenant(tenants, tenant)) !== undefined) return []
    return [
      `placement.${index}.tenant: there is no tenant called ${tenant}; correct the name, remove the entry, or add its first person with: gatehouse user add NAME --tenant ${tenant}`,
    ]
  })
  return (await Promise.all(problems)).flat()
}

async function pinOf(tenants: Tenants, entries: readonly Entry[], tenantId: TenantId): Promise<string | undefined> {
  for (const { tenant, worker } of entries) {
    if (tenant !== undefined && (await findTenant(tenants, tenant))?.id === tenantId) return worker
  }
  return undefined
}

async function findTenant(tenants: Tenants, written: string) {
  const name = canonicalUserName(written)
  return name === undefined ? undefined : tenants.findByName(name)
}
