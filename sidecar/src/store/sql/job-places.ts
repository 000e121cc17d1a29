/** How are the workers found on which tenants have jobs? */
import type { Kysely } from 'kysely'
import type { JobPlaces } from '../job-places.ts'
import type { LedgerTables } from './tables/ledger.ts'

export function createJobPlaces(db: Kysely<LedgerTables>): JobPlaces {
  return {
    active: async () => {
      const rows = await activeJobs(db).select(['tenant_id', 'worker']).distinct().execute()
      return rows.map((row) => ({ tenantId: row.tenant_id, worker: row.worker }))
    },
    elsewhere: async (tenantId, home) => {
      const own = activeJobs(db).where('tenant_id', '=', tenantId).where('worker', '!=', home)
      return (await own.select('worker').distinct().execute()).map(({ worker }) => worker)
    },
  }
}

function activeJobs(db: Kysely<LedgerTables>) {
  return db.selectFrom('jobs').where('state', 'in', ['submitting', 'pending', 'in_progress'])
}
