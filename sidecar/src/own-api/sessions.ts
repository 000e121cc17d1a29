/** Where is somebody signed in? Lists the open sessions and ends one, or all of them. */

import type { SessionSummary } from '@gatehouse/shared/credentials-contract'
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import type { RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import type { SessionRecord } from '../store/store.ts'
import { note } from './audited.ts'
import { readQuery, refuseImpersonator, requireCaller, requireFreshProof, requireUnlimited } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { signOut } from './sign-in.ts'
import { findSubject, mayEnd } from './target.ts'

export function getSessions(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    const userId = await findSubject(context, caller, readQuery(request).get('user'))
    const { idleMs } = context.identity.sessionLookup.limits
    const open = (await context.store.sessions.list(userId)).filter(
      ({ expiresAtMs, lastSeenAtMs }) => context.now() < Math.min(expiresAtMs, lastSeenAtMs + idleMs),
    )
    const names = await helperNames(context, open)
    response.json(open.map((record) => summarise(record, caller.session, names)))
  }
}

/** Sign out everywhere, this browser included. */
export function deleteSessions(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    const userId = await findSubject(context, caller, readQuery(request).get('user'))
    if (userId !== caller.principal.userId) requireFreshProof(context, caller)
    refuseImpersonator(caller.principal)
    const count = await context.store.sessions.revokeAll(userId)
    const owner = await context.store.users.findById(userId)
    note(context, request, caller, { kind: 'session.revoked', target: owner?.name, detail: { all: true, count } })
    if (userId === caller.principal.userId && caller.session !== undefined) await signOut(context, request, response)
    response.status(204).end()
  }
}

export function deleteSession(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    refuseImpersonator(caller.principal)
    const session = await context.store.sessions.findById(request.params.id)
    if (session === undefined || !(await mayEnd(context, caller, session.userId))) throw new GatehouseError('not_found')
    if (session.userId !== caller.principal.userId) requireFreshProof(context, caller)
    await context.store.sessions.revoke(session.hash)
    const owner = await context.store.users.findById(session.userId)
    note(context, request, caller, { kind: 'session.revoked', target: owner?.name, detail: { session: session.id } })
    if (session.hash === caller.session) await signOut(context, request, response)
    response.status(204).end()
  }
}

/** Of those who opened sessions in somebody else's place. */
async function helperNames(
  { store }: OwnApiContext,
  open: readonly SessionRecord[],
): Promise<ReadonlyMap<UserId, string>> {
  const ids = new Set(open.flatMap(({ impersonatorId }) => impersonatorId ?? []))
  const members = await Promise.all([...ids].map((id) => store.users.findById(id)))
  return new Map(members.flatMap((member) => (member === undefined ? [] : [[member.id, member.name] as const])))
}

function summarise(
  record: SessionRecord,
  current: SessionHash | undefined,
  names: ReadonlyMap<UserId, string>,
): SessionSummary {
  const { impersonatorId } = record
  return {
    id: record.id,
    createdAt: new Date(record.createdAtMs).toISOString(),
    lastSeenAt: new Date(record.lastSeenAtMs).toISOString(),
    expiresAt: new Date(record.expiresAtMs).toISOString(),
    current: record.hash === current,
    userAgent: record.userAgent,
    address: record.address,
    method: record.method,
    ...(impersonatorId === null ? {} : { impersonator: names.get(impersonatorId) ?? 'somebody' }),
  }
}
