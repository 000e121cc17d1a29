/** Which roles are there to give? Those of the configuration, with what they may, for those who see who has which. */
import type { RoleSummary } from '@gatehouse/shared/people-contract'
import type { RequestHandler } from 'express'
import { mayGive } from '../identity/invitation.ts'
import { requireCaller } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { requireReader } from './target.ts'

export function getRoles(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireReader(caller)
    const roles = context.roles()
    const answer = roles.names.map((name): RoleSummary => {
      const permissions = roles.permissionsOf(name)
      return { name, permissions: [...permissions], mayGive: mayGive(caller.principal.permissions, permissions) }
    })
    response.json(answer)
  }
}
