/** What does the eleventh schema add? Nothing: limited keys and tokens keep what they may under the names it has now. */
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What each old permission was, in full: nobody may more, or less, than before. */
const renamed = {
  'workflow:write': ['workflow:save', 'workflow:overwrite', 'workflow:delete'],
  'manager:use': ['manager:read', 'manager:install', 'manager:restart'],
  'prompt:run': ['prompt:run', 'graph:edit'],
} as const

export const finerPermissions: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['api_keys', 'tickets', 'token_sessions']) {
      for (const [old, now] of Object.entries(renamed)) {
        const [from, to] = [`"${old}"`, now.map((name) => `"${name}"`).join(',')]
        // The column holds a JSON list, in which a quoted name is a whole entry.
        await sql`update ${sql.table(table)} set scopes = replace(scopes, ${from}, ${to}) where scopes is not null`.execute(
          db,
        )
      }
    }
  },
}
