/** Who helps somebody who lost every second factor? An administrator of sufficient rank takes them all away. */
import type { RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { note } from './audited.ts'
import { requireCaller, requireFreshProof } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { getTarget } from './target.ts'

/** Their sessions end: whoever has the password logs in anew, and adds a factor where the role asks for one. */
export function deleteUserFactors(context: OwnApiContext): RequestHandler<{ name: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    const target = await getTarget(context, caller, request.params.name)
    requireFreshProof(context, caller)
    if (target.id === caller.principal.userId) {
      throw new GatehouseError('bad_input', {
        message: 'Remove the own factors one by one on the account page, which keeps the last one a role asks for.',
      })
    }
    const count = await context.store.secondFactors.removeAll(target.id)
    await context.store.sessions.revokeAll(target.id)
    note(context, request, caller, { kind: 'factor.removed', target: target.name, detail: { all: true, count } })
    response.status(204).end()
  }
}
