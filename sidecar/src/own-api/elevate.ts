/** How does somebody prove again who they are, for what a walked-away desk should not do? By the factor they have, else the password. */
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Member, SecondFactorKind } from '../store/store.ts'
import { note, watched } from './audited.ts'
import { parseBody } from './body.ts'
import { type Caller, requireCaller, requirePassword } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { factorFields, proveFactor } from './prove-factor.ts'
import { renewSession, requireMember } from './renew-session.ts'

const shape = z.object({ password: z.string().min(1).max(4_096).optional(), ...factorFields })
type Given = z.infer<typeof shape>

export function postElevate(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request, { maybeWithoutFactor: true })
    requirePassword(caller)
    if (caller.session === undefined) {
      throw new GatehouseError('bad_input', { message: 'Only a session can be proven again: log in anew instead.' })
    }
    const given = parseBody(shape, request)
    const factor = await prove(context, request, caller, given)
    const me = await renewSession(context, request, caller, factor)
    note(context, request, caller, { kind: 'session.elevated', detail: { by: factor ?? 'password' } })
    response.json(me)
  }
}

/** Whoever has a second factor proves that: the password may be what was stolen. @throws bad_input, second_factor_needed, too_many_attempts */
async function prove(
  context: OwnApiContext,
  request: Request,
  caller: Caller,
  given: Given,
): Promise<SecondFactorKind | null> {
  const member = await requireMember(context, caller)
  const factor = await asField(() => proveFactor(context, request, member, given))
  if (factor !== null) return factor
  const { password } = given
  if (password === undefined) {
    throw new GatehouseError('bad_input', {
      message: 'Send your password; without one, log in again where you are let in.',
    })
  }
  const proven = await asField(() => provePassword(context, request, member, password))
  // A list of passwords may know somebody else by the same name.
  if (proven.id !== member.id) throw notRight()
  return null
}

function provePassword(context: OwnApiContext, request: Request, { name }: Member, password: string): Promise<Member> {
  const pair = { username: name, password }
  return watched(context, request, { method: 'password', username: name }, () =>
    context.identity.passwordCheck(pair, context.clientAddress(request), request.headers.cookie),
  )
}

/** The caller is signed in, so what is wrong is a field, not a reason to log in again. */
async function asField<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    if (!(cause instanceof GatehouseError) || cause.code !== 'bad_credentials') throw cause
    throw notRight(cause)
  }
}

function notRight(cause?: unknown): GatehouseError {
  return new GatehouseError('bad_input', { cause, message: 'That is not right, or was used before.' })
}
