/** Which ticket does somebody need who cannot send a header? For one WebSocket, or for one picture. */
import type { TicketAnswer } from '@gatehouse/shared/credentials-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { canonicalTarget } from '../http/canonical-path.ts'
import { credentialQueryKeys } from '../identity/credentials.ts'
import { ticketMs, ticketTarget, viewPaths } from '../identity/ticket.ts'
import { parseBody } from './body.ts'
import { requireCaller, requirePermission } from './caller.ts'
import type { OwnApiContext } from './context.ts'

const shape = z.discriminatedUnion('purpose', [
  z.object({ purpose: z.literal('websocket') }),
  z.object({ purpose: z.literal('view'), target: z.string().min(1).max(6_000) }),
])

export function postTicket(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    // What both kinds of ticket lead to needs it.
    requirePermission(caller, 'output:read')
    const body = parseBody(shape, request)
    const { identity } = caller.principal
    const wanted = body.purpose === 'view' ? parseTarget(body.target) : { target: null, path: '/ws?' }
    const ticket = await context.identity.programs.tickets.issue(identity, body.purpose, wanted.target)
    const answer: TicketAnswer = {
      ticket,
      expiresAt: new Date(context.now() + ticketMs).toISOString(),
      url: `${wanted.path}ticket=${ticket}`,
    }
    response.status(201).json(answer)
  }
}

/** @throws bad_input for what is no address of a picture */
function parseTarget(text: string): { readonly target: string; readonly path: string } {
  const { path, underApi, query } = readTarget(text)
  const whole = `${underApi ? '/api' : ''}${path}`
  if (!viewPaths.includes(whole) || credentialQueryKeys.some((key) => query.has(key))) throw refused()
  return { target: ticketTarget(whole, query), path: `${text}${text.includes('?') ? '&' : '?'}` }
}

function readTarget(text: string) {
  try {
    return canonicalTarget(text)
  } catch (cause) {
    if (cause instanceof GatehouseError) throw refused(cause)
    throw cause
  }
}

function refused(cause?: GatehouseError): GatehouseError {
  return new GatehouseError('bad_input', {
    cause,
    message: 'The field "target" must be the path and query of a picture: /view?filename=...',
  })
}
