/** Which tickets are waiting? Only their hashes are kept, and a used one is gone. */
import type { UserId } from '@gatehouse/shared/ids'
import type { IdentityMethod } from '@gatehouse/shared/principal'
import type { Kysely, Transaction } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { Change } from '../store.ts'
import type { TicketPurpose, TicketRecord, Tickets } from '../tickets.ts'
import { listText, parseScopes } from './list-text.ts'
import type { Database } from './schema.ts'

/** Waiting at once; a gallery of pictures fits in, and a program that never uses them fills nothing, and nobody else's. */
const limitPerCredential = 1_000

export function createTickets(db: Kysely<Database>): Tickets {
  return {
    add: (ticket) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('tickets').where('expires_at_ms', '<=', ticket.createdAtMs).execute()
        const { count } = await trx
          .selectFrom('tickets')
          .select((select) => select.fn.countAll<number>().as('count'))
          .where('user_id', '=', ticket.userId)
          .where('credential_id', '=', ticket.credentialId)
          .executeTakeFirstOrThrow()
        if (Number(count) >= limitPerCredential) throw new GatehouseError('too_many_requests')
        await trx.insertInto('tickets').values(toRow(ticket)).execute()
      }),
    find: async (hash) => {
      const row = await db.selectFrom('tickets').selectAll().where('hash', '=', hash).executeTakeFirst()
      return row === undefined ? undefined : parseTicketRow(row)
    },
    use: async (hash) => {
      const { numDeletedRows } = await db.deleteFrom('tickets').where('hash', '=', hash).executeTakeFirst()
      return numDeletedRows === 1n
    },
  }
}

/** What a change ends, the tickets that stand for it end with: in the same transaction, so that no process sees them apart. */
export async function endTickets(trx: Transaction<Database>, change: Omit<Change, 'seq'>): Promise<void> {
  const own = trx.deleteFrom('tickets').where('user_id', '=', change.userId)
  if (change.kind === 'user') await own.execute()
  if (change.kind === 'password') await own.where('credential_id', '=', `basic:${change.userId}`).execute()
  if (change.kind !== 'session' && change.kind !== 'api-key') return
  await own.where('credential_id', '=', change.credentialId ?? '').execute()
}

interface TicketRow {
  readonly hash: string
  readonly user_id: UserId
  readonly purpose: TicketPurpose
  readonly target: string | null
  readonly method: IdentityMethod
  readonly credential_id: string
  readonly proven_at_ms: number
  readonly ends_at_ms: number | null
  readonly impersonator_id: UserId | null
  readonly scopes: string | null
  readonly workflow: string | null
  readonly created_at_ms: number
  readonly expires_at_ms: number
}

function toRow(ticket: TicketRecord): TicketRow {
  return {
    hash: ticket.hash,
    user_id: ticket.userId,
    purpose: ticket.purpose,
    target: ticket.target,
    method: ticket.method,
    credential_id: ticket.credentialId,
    proven_at_ms: ticket.provenAtMs,
    ends_at_ms: ticket.endsAtMs,
    impersonator_id: ticket.impersonatorId,
    scopes: listText(ticket.scopes),
    workflow: ticket.workflow,
    created_at_ms: ticket.createdAtMs,
    expires_at_ms: ticket.expiresAtMs,
  }
}

function parseTicketRow(row: TicketRow): TicketRecord {
  return {
    hash: row.hash,
    userId: row.user_id,
    purpose: row.purpose,
    target: row.target,
    method: row.method,
    credentialId: row.credential_id,
    provenAtMs: row.proven_at_ms,
    endsAtMs: row.ends_at_ms,
    impersonatorId: row.impersonator_id,
    scopes: parseScopes(row.scopes),
    workflow: row.workflow,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  }
}
