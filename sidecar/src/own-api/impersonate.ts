/** How does support see what somebody else sees? For an hour, in a session that says so everywhere, and never above one's own rights. */
import type { RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { canonicalUserName } from '../identity/user-name.ts'
import type { Member } from '../store/store.ts'
import { note } from './audited.ts'
import { type Caller, requireCaller, requireFreshProof, requirePassword, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { signIn } from './sign-in.ts'

const longestMs = 60 * 60_000

/** Takes the place of the caller's own session: its end leads to the log-in page. */
export function postImpersonate(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'admin:impersonate')
    requirePassword(caller)
    requireFreshProof(context, caller)
    const member = await findSubject(context, caller, request.params.name)
    const own = caller.session === undefined ? undefined : await context.store.sessions.find(caller.session)
    const me = await signIn(context, request, member, {
      remember: false,
      method: 'impersonation',
      impersonatorId: caller.principal.userId,
      longestMs,
      isRenewal: true,
      goesOn: caller.session !== undefined,
      ...(own?.factor == null ? {} : { factor: own.factor }),
    })
    const detail = { minutes: longestMs / 60_000 }
    note(context, request, caller, { kind: 'impersonation.began', target: member.name, detail })
    response.json(me)
  }
}

/** @throws not_found, bad_input, forbidden for who may do anything that the caller may not */
async function findSubject({ store, roles }: OwnApiContext, caller: Caller, name: string): Promise<Member> {
  const canonical = canonicalUserName(name)
  const member = canonical === undefined ? undefined : await store.users.findByName(canonical)
  if (member === undefined || member.state !== 'active') throw new GatehouseError('not_found')
  if (member.id === caller.principal.userId) {
    throw new GatehouseError('bad_input', { message: 'You are yourself already.' })
  }
  if (!roles().permissionsOf(member.role).isSubsetOf(caller.principal.permissions)) {
    throw new GatehouseError('forbidden', {
      message: 'That person may do more than you, so you may not take their place.',
    })
  }
  return member
}
