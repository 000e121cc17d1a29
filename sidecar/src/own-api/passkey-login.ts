/** Who logs in with a passkey and nothing else? Whose account is kept here; everything that proves nothing gets one answer. */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Member } from '../store/store.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { siteOf } from './prove-factor.ts'

const shape = z.object({ purpose: z.enum(['login', 'confirm']).default('login') })

/** The same for everybody: it names no passkey, and nothing is kept of it. */
export function postPasskeyOptions(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { purpose } = parseBody(shape, request)
    response.json(await context.identity.passkeys.askFor(purpose, siteOf(context, request)))
  }
}

/** @throws bad_credentials, passkeys_unavailable */
export async function checkPasskey(
  context: OwnApiContext,
  request: Request,
  response: AuthenticationResponseJSON,
): Promise<Member> {
  const factor = await context.identity.passkeys.prove('login', { response, site: siteOf(context, request) })
  const member = factor === undefined ? undefined : await context.store.users.findById(factor.userId)
  // Whom a directory or provider lets in here, it must be able to keep out: their passkey stands beside a log-in there.
  if (member?.state !== 'active' || member.kind === 'service' || member.passwordHash === null) {
    throw new GatehouseError('bad_credentials', {
      message: 'No account here is opened by that passkey alone. Log in another way.',
    })
  }
  return member
}
