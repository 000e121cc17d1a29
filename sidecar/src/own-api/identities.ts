/** Which identities of providers belong to the caller's account? Lists them, begins to link one, and unlinks one. */
import type { LinkAnswer, LinkedIdentitySummary } from '@gatehouse/shared/people-contract'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { identityId } from '../identity/oidc/oidc-services.ts'
import type { LinkedIdentity } from '../store/store.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import { type Caller, requireCaller, requireFreshProof, requirePassword, requireUnlimited } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { beginLogin } from './oidc.ts'

const shape = z.object({ provider: z.string().min(1).max(64) })

export function getIdentities(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    const linked = await context.store.linkedIdentities.list(caller.principal.userId)
    response.json(linked.map((one) => summarise(context, one)))
  }
}

/** Answers where the browser has to go, to prove the identity there. */
export function postIdentity(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireOwner(context, request)
    const { provider: name } = parseBody(shape, request)
    if (caller.session === undefined) {
      throw new GatehouseError('forbidden', { message: 'An identity is linked in a browser that is signed in.' })
    }
    const provider = context.identity.oidc.find(name)
    const wish = { next: '/account', session: caller.session, linkTo: caller.principal.userId }
    const answer: LinkAnswer = { next: await beginLogin(context, request, response, provider, wish, false) }
    response.json(answer)
  }
}

/** Ends what the identity opened. @throws last_way_in */
export function deleteIdentity(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const caller = await requireOwner(context, request)
    const { userId, userName } = caller.principal
    const linked = await context.store.linkedIdentities.list(userId)
    const found = linked.find((one) => identityId(one) === request.params.id)
    if (found === undefined) throw new GatehouseError('not_found')
    await context.store.linkedIdentities.unlink(found, userId)
    const issuer = providerOf(context, found)?.settings.issuer ?? found.issuer
    await context.store.sessions.revokeIssued({ issuer, userId })
    const { provider } = summarise(context, found)
    note(context, request, caller, {
      kind: 'identity.unlinked',
      target: userName,
      detail: { issuer: found.issuer, ...(provider === null ? {} : { provider }) },
    })
    response.status(204).end()
  }
}

async function requireOwner(context: OwnApiContext, request: Request<{ id: string }> | Request): Promise<Caller> {
  const caller = await requireCaller(context, request)
  requireUnlimited(caller)
  requirePassword(caller)
  requireFreshProof(context, caller)
  return caller
}

function providerOf({ identity }: OwnApiContext, { issuer }: LinkedIdentity) {
  const bare = (text: string): string => text.replace(/\/$/, '')
  return identity.oidc.current().find(({ settings }) => bare(settings.issuer) === bare(issuer))
}

function summarise(context: OwnApiContext, linked: LinkedIdentity): LinkedIdentitySummary {
  return {
    id: identityId(linked),
    provider: providerOf(context, linked)?.settings.name ?? null,
    issuer: linked.issuer,
    subject: linked.subject,
    linkedAt: new Date(linked.createdAtMs).toISOString(),
  }
}
