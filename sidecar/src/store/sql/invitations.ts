/** How are invitations kept? By the hash of their token; a used one is gone. */
import type { UserId } from '@gatehouse/shared/ids'
import { parseRole } from '@gatehouse/shared/roles'
import type { Kysely } from 'kysely'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { InvitationRecord, Invitations, InvitedBy } from '../invitations.ts'
import type { NewUser } from '../store.ts'
import type { Write } from './changes.ts'
import type { Database } from './schema.ts'
import { parseUserRow } from './user-row.ts'
import { insertUser } from './users.ts'

interface InvitationsDependencies {
  readonly db: Kysely<Database>
  readonly write: Write
  readonly now: () => number
}

export function createInvitations({ db, write, now }: InvitationsDependencies): Invitations {
  const waiting = () => db.selectFrom('invitations').selectAll().where('expires_at_ms', '>', now())
  return {
    add: (invitation) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('invitations').where('expires_at_ms', '<=', now()).execute()
        await trx.insertInto('invitations').values(toRow(invitation)).execute()
      }),
    find: async (tokenHash) => {
      const row = await waiting().where('token_hash', '=', tokenHash).executeTakeFirst()
      if (row === undefined) return undefined
      const invitation = parseRow(row)
      return { invitation, by: await findInvitedBy(db, invitation) }
    },
    findById: async (id) => {
      const row = await waiting().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : parseRow(row)
    },
    list: async () => (await waiting().orderBy('created_at_ms', 'desc').execute()).map(parseRow),
    remove: async (id) => {
      const { numDeletedRows } = await db.deleteFrom('invitations').where('id', '=', id).executeTakeFirst()
      return numDeletedRows === 1n
    },
    accept: (tokenHash, { account, isStillMeant }) =>
      write(async (trx, record) => {
        const row = await trx
          .deleteFrom('invitations')
          .where('token_hash', '=', tokenHash)
          .where('expires_at_ms', '>', now())
          .returningAll()
          .executeTakeFirst()
        if (row === undefined) throw new GatehouseError('bad_invitation')
        const invitation = parseRow(row)
        const { role, tenantName, userName } = invitation
        if (userName !== null && userName !== account.name) throw new GatehouseError('bad_invitation')
        if (!isStillMeant(invitation, await findInvitedBy(trx, invitation))) throw new GatehouseError('bad_invitation')
        const user: NewUser = { ...account, role, tenantName: tenantName ?? undefined, ownTenant: 'unnamed' }
        const { id } = await insertUser(trx, user, now())
        await record('added', id)
        return id
      }),
  }
}

async function findInvitedBy(db: Kysely<Database>, { invitedBy, tenantName }: InvitationRecord): Promise<InvitedBy> {
  const people = db.selectFrom('users').selectAll('users')
  const found = invitedBy === null ? undefined : await people.where('users.id', '=', invitedBy).executeTakeFirst()
  const inviter = found === undefined ? undefined : parseUserRow(found)
  if (tenantName === null) return { inviter, inside: [] }
  const named = people.innerJoin('tenants', 'tenants.id', 'users.tenant_id').where('tenants.name', '=', tenantName)
  return { inviter, inside: (await named.execute()).map(parseUserRow) }
}

interface InvitationRow {
  readonly id: string
  readonly token_hash: string
  readonly role: string
  readonly tenant_name: string | null
  readonly user_name: string | null
  readonly invited_by: UserId | null
  readonly created_at_ms: number
  readonly expires_at_ms: number
}

function toRow(invitation: InvitationRecord): InvitationRow {
  return {
    id: invitation.id,
    token_hash: invitation.tokenHash,
    role: invitation.role,
    tenant_name: invitation.tenantName,
    user_name: invitation.userName,
    invited_by: invitation.invitedBy,
    created_at_ms: invitation.createdAtMs,
    expires_at_ms: invitation.expiresAtMs,
  }
}

/** @throws store_unavailable for a role that cannot be */
function parseRow(row: InvitationRow): InvitationRecord {
  const role = parseRole(row.role)
  if (role === undefined) throw new GatehouseError('store_unavailable', { detail: 'an invitation has an unknown role' })
  return {
    id: row.id,
    tokenHash: row.token_hash,
    role,
    tenantName: row.tenant_name,
    userName: row.user_name,
    invitedBy: row.invited_by,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  }
}
