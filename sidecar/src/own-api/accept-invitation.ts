/** How does somebody who was invited come in? With the link, once, while whoever invited them still may. */
import type { InvitationShown } from '@gatehouse/shared/arrivals-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { invitationHash, mayGive } from '../identity/invitation.ts'
import { judgeNewPassword } from '../identity/password-policy.ts'
import type { Acceptance, InvitationRecord, InvitedBy } from '../store/invitations.ts'
import { noteStranger, watched } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { parseNewName } from './new-name.ts'
import { signIn } from './sign-in.ts'

const token = z.string().min(1).max(256)
const lookShape = z.object({ token })
const acceptShape = z.object({ token, username: z.string().min(1).max(512), password: z.string().min(1).max(4_096) })

export function postInvitationLook(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { role, tenantName, userName } = await findGood(context, parseBody(lookShape, request).token)
    const answer: InvitationShown = { role, tenant: tenantName, user: userName }
    response.json(answer)
  }
}

export function postInvitationAccept(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { token, username, password } = parseBody(acceptShape, request)
    const attempt = { method: 'invitation' }
    // Before any work; `accept` asks again inside its transaction, because others may hold the same link.
    const invitation = await watched(context, request, attempt, () => findGood(context, token))
    const name = parseNewName(invitation.userName ?? username)
    if (invitation.userName === null && !context.mayChooseName(name)) throw new GatehouseError('name_taken')
    judgeNewPassword(password, name)
    const passwordHash = await context.identity.passwords.hash(password)
    const member = await watched(context, request, attempt, () => accept(context, token, { name, passwordHash }))
    noteStranger(context, request, {
      kind: 'user.created',
      actor: { id: member.id, name: member.name },
      method: 'invitation',
      target: member.name,
      detail: { role: member.role, tenant: member.tenant.label, invitation: invitation.id },
    })
    response.json(await signIn(context, request, member, { remember: false, method: 'invitation' }))
  }
}

/** @throws bad_invitation, name_taken */
async function accept(context: OwnApiContext, token: string, account: Acceptance['account']) {
  const { store } = context
  try {
    const id = await store.invitations.accept(invitationHash(token), {
      account,
      isStillMeant: (invitation, by) => isStillMeant(context, invitation, by),
    })
    const member = await store.users.findById(id)
    if (member !== undefined) return member
  } catch (cause) {
    // That somebody else's tenant has the name is nothing the invited could mend.
    if (cause instanceof GatehouseError && cause.code === 'tenant_taken') {
      throw new GatehouseError('name_taken', { cause })
    }
    throw cause
  }
  throw new GatehouseError('bad_invitation')
}

/** @throws bad_invitation */
async function findGood(context: OwnApiContext, text: string): Promise<InvitationRecord> {
  const found = await context.store.invitations.find(invitationHash(text))
  if (found === undefined || !isStillMeant(context, found.invitation, found.by)) {
    throw new GatehouseError('bad_invitation')
  }
  return found.invitation
}

/** Whoever was dismissed, or has a lesser role by now, invites nobody to what they could not give today. */
function isStillMeant(
  { registration, roles }: OwnApiContext,
  { role, invitedBy }: InvitationRecord,
  { inviter, inside }: InvitedBy,
): boolean {
  const table = roles()
  if (registration().mode === 'off' || !table.has(role)) return false
  if (invitedBy === null) return true
  if (inviter?.state !== 'active') return false
  const held = table.permissionsOf(inviter.role)
  const given = [role, ...inside.filter(({ id }) => id !== inviter.id).map((member) => member.role)]
  return given.every((one) => mayGive(held, table.permissionsOf(one)))
}
