/** Whom may an administrator invite? Whoever they could give an account to themselves, which the invited then make. */
import type { InvitationCreated, InvitationSummary } from '@gatehouse/shared/arrivals-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { invitationMs, longestInvitationMs, mintInvitation, mustBeNamed } from '../identity/invitation.ts'
import type { InvitationRecord } from '../store/invitations.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import { type Caller, requireCaller, requireFreshProof } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { parseNewName } from './new-name.ts'
import { refuseForeignTenant, requireAdmin, requireExistingRole, requireRank } from './target.ts'
import { roleName } from './users.ts'

const dayMs = 24 * 60 * 60_000
const shape = z.object({
  role: roleName,
  tenant: z.string().min(1).max(512).optional(),
  user: z.string().min(1).max(512).optional(),
  expiresInDays: z
    .int()
    .min(1)
    .max(longestInvitationMs / dayMs)
    .default(invitationMs / dayMs),
})

export function getInvitations(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    requireAdmin(await requireCaller(context, request))
    const names = new Map((await context.store.users.list()).map(({ id, name }) => [id, name]))
    const nameOf = ({ invitedBy }: InvitationRecord) => (invitedBy === null ? null : (names.get(invitedBy) ?? null))
    response.json((await context.store.invitations.list()).map((record) => summarise(record, nameOf(record))))
  }
}

export function postInvitation(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireAdmin(caller)
    // A link is an account that somebody makes later, from anywhere.
    requireFreshProof(context, caller)
    if (context.registration().mode === 'off') {
      throw new GatehouseError('forbidden', {
        message: 'Nobody makes an account of their own here: auth.registration.',
      })
    }
    const { role, tenant, user, expiresInDays } = parseBody(shape, request)
    requireExistingRole(context, role)
    requireRank(context, caller, role)
    const tenantName = tenant === undefined ? null : await judgeTenant(context, caller, parseNewName(tenant))
    const userName = await judgeName(context, user)
    const createdAtMs = context.now()
    const { record, path } = mintInvitation({
      ...{ role, tenantName, userName, createdAtMs },
      invitedBy: caller.principal.userId,
      expiresAtMs: createdAtMs + expiresInDays * dayMs,
    })
    await context.store.invitations.add(record)
    const detail = { role, tenant: tenantName ?? 'own', user: userName ?? 'any' }
    note(context, request, caller, { kind: 'invitation.created', target: record.id, detail })
    const answer: InvitationCreated = { ...summarise(record, caller.principal.userName), path }
    response.status(201).json(answer)
  }
}

export function deleteInvitation(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireAdmin(caller)
    const { id } = request.params
    const invitation = await context.store.invitations.findById(id)
    if (invitation === undefined) throw new GatehouseError('not_found')
    requireRank(context, caller, invitation.role)
    if (!(await context.store.invitations.remove(id))) throw new GatehouseError('not_found')
    note(context, request, caller, { kind: 'invitation.revoked', target: id, detail: { role: invitation.role } })
    response.status(204).end()
  }
}

/** @throws forbidden */
async function judgeTenant(context: OwnApiContext, caller: Caller, name: string): Promise<string> {
  const tenant = await context.store.tenants.findByName(name)
  if (tenant !== undefined) await refuseForeignTenant(context, caller, tenant.id)
  return name
}

/** @throws name_taken, bad_input where the invited must not choose a name */
async function judgeName({ store, mayChooseName }: OwnApiContext, text: string | undefined): Promise<string | null> {
  if (text === undefined) {
    if (mayChooseName()) return null
    throw new GatehouseError('bad_input', { message: mustBeNamed })
  }
  const name = parseNewName(text)
  if ((await store.users.findByName(name)) !== undefined) throw new GatehouseError('name_taken')
  return name
}

function summarise(record: InvitationRecord, invitedBy: string | null): InvitationSummary {
  return {
    id: record.id,
    role: record.role,
    tenant: record.tenantName,
    user: record.userName,
    invitedBy,
    createdAt: new Date(record.createdAtMs).toISOString(),
    expiresAt: new Date(record.expiresAtMs).toISOString(),
  }
}
