/** Which roles are there to give? Those of the configuration, with what they may, for those who see who has which. */
import type { RoleSummary } from '@gatehouse/shared/people-contract'
import { mayPrincipal } from '@gatehouse/shared/principal'
import type { RequestHandler } from 'express'
import { requireCaller } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { hasRank, requireReader } from './target.ts'

export function getRoles(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireReader(caller)
    const isAdmin = mayPrincipal(caller.principal, 'admin:users')
    const roles = context.roles()
    const answer = roles.names.map(
      (name): RoleSummary => ({
        name,
        permissions: [...roles.permissionsOf(name)],
        mayGive: isAdmin && hasRank(context, caller, name),
      }),
    )
    response.json(answer)
  }
}
