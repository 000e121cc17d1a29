/** Who may come in? Administrators create, change and remove users, never beyond their own rank. */
import type { UserSummary } from '@gatehouse/shared/people-contract'
import { parseRole, type RoleName } from '@gatehouse/shared/roles'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { judgeNewPassword } from '../identity/password-policy.ts'
import type { Member } from '../store/store.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import { requireCaller, requireFreshProof } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { parseNewName } from './new-name.ts'
import {
  getTarget,
  refuseForeignTenant,
  requireAdmin,
  requireExistingRole,
  requireRank,
  requireReader,
} from './target.ts'

const password = z.string().min(1).max(4_096)
export const roleName = z.string().transform((text, context): RoleName => {
  const role = parseRole(text)
  if (role === undefined) context.addIssue({ code: 'custom', message: 'no name of a role' })
  return role ?? z.NEVER
})
const newUser = z.object({
  username: z.string().min(1).max(512),
  role: roleName,
  tenant: z.string().min(1).max(512).optional(),
  password: password.optional(),
  kind: z.enum(['person', 'service']).default('person'),
})
const changedUser = z.object({
  role: roleName.optional(),
  state: z.enum(['active', 'disabled']).optional(),
  password: password.optional(),
})

export function getUsers(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    requireReader(await requireCaller(context, request))
    response.json((await context.store.users.list()).map(summarise))
  }
}

export function postUser(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireAdmin(caller)
    requireFreshProof(context, caller)
    const body = parseBody(newUser, request)
    requireExistingRole(context, body.role)
    requireRank(context, caller, body.role)
    const name = parseNewName(body.username)
    const tenantName = body.tenant === undefined ? undefined : parseNewName(body.tenant)
    const tenant = tenantName === undefined ? undefined : await context.store.tenants.findByName(tenantName)
    if (tenant !== undefined) await refuseForeignTenant(context, caller, tenant.id)
    if (body.kind === 'service') refusePassword(body.password)
    const passwordHash = await hashNew(context, body.password, name)
    const member = await context.store.users.add({ name, role: body.role, kind: body.kind, passwordHash, tenantName })
    const detail = { role: member.role, tenant: member.tenant.label, state: member.state }
    note(context, request, caller, { kind: 'user.created', target: member.name, detail })
    response.status(201).json(summarise(member))
  }
}

export function patchUser(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    const target = await getTarget(context, caller, request.params.name)
    requireFreshProof(context, caller)
    const { role, state, password: next } = parseBody(changedUser, request)
    if (role !== undefined) {
      requireExistingRole(context, role)
      requireRank(context, caller, role)
    }
    if (next !== undefined && target.id === caller.principal.userId) {
      throw new GatehouseError('bad_input', {
        message: 'Change the own password with POST /password, which asks for the present one.',
      })
    }
    if (target.kind === 'service') refusePassword(next)
    const passwordHash = await hashNew(context, next, target.name)
    if (role !== undefined && role !== target.role) await context.store.users.setRole(target.id, role)
    // Also where it is so already: a provider may have suspended them, and lets in again whom nobody else disabled.
    if (state !== undefined && (state !== target.state || state === 'disabled')) {
      await context.store.users.setState(target.id, state)
    }
    if (passwordHash !== null) await context.store.users.setPassword(target.id, passwordHash)
    const changed = await context.store.users.findById(target.id)
    if (changed === undefined) throw new GatehouseError('not_found')
    const detail = differences(target, changed, state)
    if (Object.keys(detail).length > 0)
      note(context, request, caller, { kind: 'user.changed', target: target.name, detail })
    if (passwordHash !== null) note(context, request, caller, { kind: 'password.changed', target: target.name })
    response.json(summarise(changed))
  }
}

export function deleteUser(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    const target = await getTarget(context, caller, request.params.name)
    requireFreshProof(context, caller)
    await context.store.users.remove(target.id)
    note(context, request, caller, { kind: 'user.removed', target: target.name, detail: { role: target.role } })
    response.status(204).end()
  }
}

/** @throws bad_input */
function refusePassword(password: string | undefined): void {
  if (password === undefined) return
  throw new GatehouseError('bad_input', { message: 'A service account has no password: make it a key instead.' })
}

async function hashNew(context: OwnApiContext, text: string | undefined, name: string): Promise<string | null> {
  if (text === undefined) return null
  judgeNewPassword(text, name)
  return context.identity.passwords.hash(text)
}

/** From what to what, and that somebody was meant to stay out. */
function differences(before: Member, after: Member, wanted: Member['state'] | undefined) {
  return {
    ...(before.role === after.role ? {} : { role: `${before.role} -> ${after.role}` }),
    ...(before.state === after.state && wanted !== 'disabled' ? {} : { state: `${before.state} -> ${after.state}` }),
  }
}

function summarise(member: Member): UserSummary {
  return {
    name: member.name,
    role: member.role,
    tenant: member.tenant.label,
    state: member.state,
    kind: member.kind,
    createdAt: new Date(member.createdAtMs).toISOString(),
  }
}
