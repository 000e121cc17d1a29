/** Which random secrets does this instance sign with? Minted once and kept, so that sessions survive a restart. */
import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { randomId } from '../random-id.ts'
import type { InstanceSecret, SecretPurpose, Secrets } from '../secrets.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'

interface SecretsDependencies {
  readonly write: Write
  readonly now: () => number
}

export function createSecrets({ write, now }: SecretsDependencies): Secrets {
  return {
    // Reading and minting share one transaction, so that two starting processes agree.
    load: (purpose) =>
      write(async (trx) => {
        const [newest, ...older] = await select(trx, purpose)
        if (newest !== undefined) return [newest, ...older]
        const minted = { id: randomId(8), value: randomBytes(32).toString('base64url'), createdAtMs: now() }
        await trx
          .insertInto('instance_secrets')
          .values({ id: minted.id, purpose, value: minted.value, created_at_ms: minted.createdAtMs })
          .execute()
        return [minted]
      }),
  }
}

async function select(db: Kysely<Database>, purpose: SecretPurpose): Promise<readonly InstanceSecret[]> {
  const rows = await db
    .selectFrom('instance_secrets')
    .selectAll()
    .where('purpose', '=', purpose)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ id: row.id, value: row.value, createdAtMs: row.created_at_ms }))
}
