/** Who signed out at the provider? It says so itself, with a signed token; their sessions here end with it. */
import express, { type RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import type { SignedOut } from '../identity/oidc/logout-token.ts'
import type { OidcProvider } from '../identity/oidc/provider.ts'
import { noteStranger } from './audited.ts'
import type { OwnApiContext } from './context.ts'

const shape = z.object({ logout_token: z.string().min(1) })

/** OpenID Connect Back-Channel Logout 1.0 2.5: a form, from the provider's own machine. */
export function postBackchannelLogout(context: OwnApiContext): readonly RequestHandler<{ name: string }>[] {
  return [
    express.urlencoded({ extended: false, limit: 32 * 1024, inflate: false, parameterLimit: 10 }),
    async (request, response) => {
      const provider = context.identity.oidc.find(request.params.name)
      const body = shape.safeParse(request.body ?? {})
      if (!body.success) throw new GatehouseError('bad_input', { message: 'There is no logout_token.' })
      const told = await check(provider, body.data.logout_token)
      const count = await endSessions(context, provider, told)
      noteStranger(context, request, {
        kind: 'session.revoked',
        method: 'oidc',
        target: provider.settings.name,
        detail: { count, byProvider: true },
      })
      response.status(200).end()
    },
  ]
}

/** Section 2.8: whatever is wrong with the token is a 400. */
async function check({ checkLogout }: OidcProvider, token: string): Promise<SignedOut> {
  try {
    return await checkLogout(token)
  } catch (cause) {
    if (!(cause instanceof GatehouseError) || cause.code !== 'unauthenticated') throw cause
    throw new GatehouseError('bad_input', { cause, message: 'The logout_token is not accepted.' })
  }
}

async function endSessions(
  { store }: OwnApiContext,
  { settings: { issuer } }: OidcProvider,
  { issuer: proven, subject, providerSession }: SignedOut,
): Promise<number> {
  if (providerSession !== undefined) return store.sessions.revokeIssued({ issuer, issuerSession: providerSession })
  const people = subject === undefined ? [] : await store.linkedIdentities.findAll({ issuer: proven, subject })
  const counts = await Promise.all(people.map((userId) => store.sessions.revokeIssued({ issuer, userId })))
  return counts.reduce((sum, count) => sum + count, 0)
}
