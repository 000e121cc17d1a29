/** What does the ninth schema add? Until when a secret that was rotated still proves something. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const secretOverlap: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('instance_secrets').addColumn('expires_at_ms', 'bigint').execute()
  },
}
