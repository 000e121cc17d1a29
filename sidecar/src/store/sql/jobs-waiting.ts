/** Where do waiting jobs stand? Places in the queue of a worker, counted over everybody's jobs, and how long jobs take. */
import type { TenantId } from '@gatehouse/shared/ids'
import { type Kysely, sql } from 'kysely'
import type { JobStore } from '../job-store.ts'
import type { LedgerTables } from './tables/ledger.ts'

type Waiting = Pick<JobStore, 'ahead' | 'places' | 'recentDurations'>

export function createJobsWaiting(db: Kysely<LedgerTables>, worker: string): Waiting {
  return {
    ahead: (tenantId) => ahead(db, tenantId),
    places: (tenantId) => places(db, tenantId),
    recentDurations: async (count) => {
      const ended = db.selectFrom('jobs').where('worker', '=', worker).where('finish_seq', 'is not', null)
      const query = ended.select('duration_ms')
      const completed = query.where('state', '=', 'completed').orderBy('finish_seq', 'desc').limit(count)
      return (await completed.execute()).map((row) => row.duration_ms)
    },
  }
}

/** In the queue of the worker on which the tenant's first waiting job is. */
async function ahead(db: Kysely<LedgerTables>, tenantId: TenantId): Promise<number | undefined> {
  const waiting = db.selectFrom('jobs').where('state', '=', 'pending')
  const first = await waiting
    .select(['upstream_number as number', 'worker'])
    .where('tenant_id', '=', tenantId)
    .orderBy('upstream_number')
    .limit(1)
    .executeTakeFirst()
  if (first === undefined) return undefined
  const before = waiting.where('worker', '=', first.worker).where('upstream_number', '<', first.number)
  return Number((await before.select((eb) => eb.fn.countAll().as('count')).executeTakeFirst())?.count ?? 0)
}

async function places(db: Kysely<LedgerTables>, tenantId: TenantId) {
  const inOrder = db
    .selectFrom('jobs')
    .select([
      'id',
      'tenant_id',
      'upstream_number',
      sql<number>`row_number() over (partition by worker order by upstream_number)`.as('place'),
    ])
    .where('state', '=', 'pending')
    .as('waiting')
  const rows = await db
    .selectFrom(inOrder)
    .select(['id', 'place'])
    .where('tenant_id', '=', tenantId)
    .orderBy('upstream_number')
    .execute()
  return rows.map(({ id, place }) => ({ id, ahead: Number(place) - 1 }))
}
