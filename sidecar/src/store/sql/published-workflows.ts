/** How are published workflows kept? One row each, under a name that is taken once in its place. */
import type { TenantId } from '@gatehouse/shared/ids'
import type { Kysely, Selectable } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { OpenInput, PublishedWorkflow, PublishedWorkflows } from '../published-workflows.ts'
import { randomId } from '../random-id.ts'
import type { Database } from './schema.ts'
import { isConstraintError } from './sqlite-error.ts'

interface Dependencies {
  readonly db: Kysely<Database>
  readonly now: () => number
}

export function createPublishedWorkflows({ db, now }: Dependencies): PublishedWorkflows {
  return {
    list: async () => {
      const rows = await db.selectFrom('published_workflows').selectAll().orderBy('name').orderBy('tenant_id').execute()
      return rows.map(parseRow)
    },
    visibleTo: async (tenantId) => {
      const rows = await db
        .selectFrom('published_workflows')
        .selectAll()
        .where('tenant_id', 'in', [tenantId, ''])
        .orderBy('tenant_id', 'desc')
        .orderBy('name')
        .execute()
      return rows.map(parseRow)
    },
    count: async (tenantId) => {
      const { count } = await db
        .selectFrom('published_workflows')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('tenant_id', '=', column(tenantId))
        .executeTakeFirstOrThrow()
      return Number(count)
    },
    add: async ({ tenantId, name, publisherId, prompt, open, workflow }) => {
      const row = {
        id: randomId(20),
        tenant_id: column(tenantId),
        name,
        publisher_id: publisherId,
        prompt,
        open_inputs: JSON.stringify(open.map(({ node, input }) => [node, input])),
        workflow,
        created_at_ms: now(),
      }
      try {
        await db.insertInto('published_workflows').values(row).execute()
      } catch (cause) {
        if (!isConstraintError(cause)) throw cause
        throw new GatehouseError('name_taken', {
          message: `There is a published workflow of the name "${name}" already. Take that back first, or choose another name.`,
        })
      }
      return parseRow(row)
    },
    remove: async ({ tenantId, name }) => {
      const gone = await db
        .deleteFrom('published_workflows')
        .where('tenant_id', '=', column(tenantId))
        .where('name', '=', name)
        .executeTakeFirst()
      return gone.numDeletedRows > 0n
    },
  }
}

function column(tenantId: TenantId | undefined): TenantId | '' {
  return tenantId ?? ''
}

function parseRow(row: Selectable<Database['published_workflows']>): PublishedWorkflow {
  return {
    id: row.id,
    tenantId: row.tenant_id === '' ? undefined : row.tenant_id,
    name: row.name,
    publisherId: row.publisher_id,
    prompt: row.prompt,
    open: parseOpen(row.open_inputs),
    workflow: row.workflow,
    createdAtMs: row.created_at_ms,
  }
}

/** What cannot be read opens nothing. */
function parseOpen(text: string): readonly OpenInput[] {
  try {
    const list: unknown = JSON.parse(text)
    if (!Array.isArray(list)) return []
    return list.flatMap((entry: unknown) => {
      const [node, input]: readonly unknown[] = Array.isArray(entry) ? entry : []
      return typeof node === 'string' && typeof input === 'string' ? [{ node, input }] : []
    })
  } catch {
    return []
  }
}
