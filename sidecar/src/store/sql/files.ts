/** Which files did a tenant bring or make, and whose is a temp file? */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Kysely } from 'kysely'
import { defaultWorkerName } from '../../config/workers-schema.ts'
import type { FileStore } from '../file-store.ts'
import type { LedgerTables } from './tables/ledger.ts'

/** The temp files of one worker: two give the same names. What a tenant brought or made is the tenant's everywhere. */
export function createFileStore(db: Kysely<LedgerTables>, worker: string = defaultWorkerName): FileStore {
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
    forget: async (tenantId, files) => {
      for (const { root, subfolder, filename } of files) {
        await db
          .deleteFrom('files')
          .where('tenant_id', '=', tenantId)
          .where('root', '=', root)
          .where('subfolder', '=', subfolder)
          .where('filename', '=', filename)
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
            worker,
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
    ownTempNames: (tenantId, names) => ownTempNames(db, worker, { tenantId, names }),
    upstreamTempNames: async (tenantId) => {
      const rows = await tempFilesOn(db, worker).select('upstream_name').where('tenant_id', '=', tenantId).execute()
      return rows.map((row) => row.upstream_name)
    },
    upstreamTempName: async (tenantId, ownName) => {
      const query = tempFilesOn(db, worker).select('upstream_name').where('tenant_id', '=', tenantId)
      return (await query.where('own_name', '=', ownName).executeTakeFirst())?.upstream_name
    },
    dropTempClaims: async () => {
      await db.deleteFrom('temp_files').where('worker', '=', worker).execute()
    },
  }
}

function tempFilesOn(db: Kysely<LedgerTables>, worker: string) {
  return db.selectFrom('temp_files').where('worker', '=', worker)
}

async function ownTempNames(
  db: Kysely<LedgerTables>,
  worker: string,
  { tenantId, names }: { readonly tenantId: TenantId; readonly names: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (let from = 0; from < names.length; from += 1_000) {
    const rows = await tempFilesOn(db, worker)
      .select(['upstream_name', 'own_name'])
      .where('tenant_id', '=', tenantId)
      .where('upstream_name', 'in', names.slice(from, from + 1_000))
      .execute()
    for (const row of rows) found.set(row.upstream_name, row.own_name)
  }
  return found
}
