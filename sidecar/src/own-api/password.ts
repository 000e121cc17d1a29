/** How does somebody change their own password? With the present one; every other session ends, this one gets a new id. */
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { judgeNewPassword } from '../identity/password-policy.ts'
import { note, watched } from './audited.ts'
import { parseBody } from './body.ts'
import { requireCaller, requirePassword } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { renewSession } from './renew-session.ts'
import { describeMe } from './sign-in.ts'

const shape = z.object({ current: z.string().min(1).max(4_096), password: z.string().min(1).max(4_096) })

export function postPassword(context: OwnApiContext): RequestHandler {
  const { passwordCheck, passwords } = context.identity
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePassword(caller)
    const { current, password } = parseBody(shape, request)
    const { userName } = caller.principal
    const check = () =>
      passwordCheck({ username: userName, password: current }, context.clientAddress(request), request.headers.cookie)
    const member = await checkCurrent(() =>
      watched(context, request, { method: 'password', username: userName }, check),
    )
    if (member.issued !== undefined) {
      throw new GatehouseError('bad_input', {
        message: 'Your password is not kept here: ask the operator for another.',
      })
    }
    judgeNewPassword(password, member.name)
    const session = caller.session === undefined ? undefined : await context.store.sessions.find(caller.session)
    const passwordHash = await passwords.hash(password)
    // Attack: whoever knows the old password is at it while its owner changes it, and takes the account back.
    const change = { keep: session?.hash, from: member.passwordHash }
    await checkCurrent(() => context.store.users.setPassword(member.id, passwordHash, change))
    note(context, request, caller, { kind: 'password.changed', target: member.name })
    // Whoever has a second factor has not proven it by this: what asks for a new proof goes on asking.
    const hasFactor = (await context.store.secondFactors.list(member.id)).length > 0
    const me = await renewSession(context, request, caller, hasFactor ? 'nothing new' : null)
    response.json(me ?? (await describeMe(context, caller.principal, undefined)))
  }
}

/** The caller is signed in, so a wrong password is a wrong field, not a reason to log in again. */
async function checkCurrent<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    if (!(cause instanceof GatehouseError) || cause.code !== 'bad_credentials') throw cause
    throw new GatehouseError('bad_input', { cause, message: 'The current password is not right.' })
  }
}
