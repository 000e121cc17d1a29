/** Which files did a tenant bring or make, and whose is a temp file? */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import type { FileStore } from '../file-store.ts'
import type { LedgerTables } from './tables/ledger.ts'

export function createFileStore(db: Kysely<LedgerTables>): FileStore {
  return {
    record: async (tenantId, files, seenAtMs) => {
      for (const file of files) {
        await db
          .insertInto('files')
          .values({ tenant_id: tenantId, ...file, seen_at_ms: seenAtMs })
          .onConflict((conflict) =>
            conflict.columns(['tenant_id', 'root', 'subfolder', 'filename']).doUpdateSet({ seen_at_ms: seenAtMs }),
          )
          .execute()
      }
    },
    list: async (tenantId, root) => {
      const rows = await db
        .selectFrom('files')
        .select(['root', 'subfolder', 'filename'])
        .where('tenant_id', '=', tenantId)
        .where('root', '=', root)
        .orderBy('seen_at_ms', 'desc')
        .orderBy('seq', 'desc')
        .execute()
      return rows.map(({ subfolder, filename }) => ({ root, subfolder, filename }))
    },
    claimTemp: async (claims) => {
      for (const claim of claims) {
        await db
          .insertInto('temp_files')
          .values({
            upstream_name: claim.upstreamName,
            own_name: claim.ownName,
            tenant_id: claim.tenantId,
            job_id: claim.jobId,
            at_ms: claim.atMs,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }
    },
    ownTempNames: (tenantId, names) => ownTempNames(db, tenantId, names),
    upstreamTempName: async (tenantId, ownName) => {
      const query = db.selectFrom('temp_files').select('upstream_name').where('tenant_id', '=', tenantId)
      return (await query.where('own_name', '=', ownName).executeTakeFirst())?.upstream_name
    },
    dropTempClaims: async () => {
      await db.deleteFrom('temp_files').execute()
    },
  }
}

async function ownTempNames(
  db: Kysely<LedgerTables>,
  tenantId: TenantId,
  upstreamNames: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let from = 0; from < upstreamNames.length; from += 1_000) {
    const rows = await db
      .selectFrom('temp_files')
      .select(['upstream_name', 'own_name'])
      .where('tenant_id', '=', tenantId)
      .where('upstream_name', 'in', upstreamNames.slice(from, from + 1_000))
      .execute()
    for (const row of rows) found.set(row.upstream_name, row.own_name)
  }
  return found
}
