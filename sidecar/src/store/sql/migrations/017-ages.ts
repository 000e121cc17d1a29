/** What does the seventeenth schema add? The order of age of what is forgotten with it, so that looking for it takes no longer the more is young. */
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const ages: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['changes', 'ended_credentials'] as const) {
      await db.schema.createIndex(`${table}_age`).on(table).column('at_ms').execute()
    }
  },
}
