/** How is the first owner created over the web? Once, with the token from the console. */
import type { SetupState } from '@gatehouse/shared/own-api-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { isSameDigest } from '../identity/constant-time.ts'
import { judgeNewPassword } from '../identity/password-policy.ts'
import { setupTokenHash } from '../identity/setup-token.ts'
import { noteStranger, watched } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { parseNewName } from './new-name.ts'
import { signIn } from './sign-in.ts'

const shape = z.object({
  token: z.string().min(1).max(256),
  username: z.string().min(1).max(512),
  password: z.string().min(1).max(4_096),
})

export function getSetup({ store }: OwnApiContext): RequestHandler {
  return async (_request, response) => {
    const state: SetupState = { needed: await store.setup.isNeeded() }
    response.json(state)
  }
}

export function postSetup(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { token, username, password } = parseBody(shape, request)
    const tokenHash = setupTokenHash(token)
    await watched(context, request, { method: 'set-up link' }, () => refuseEarly(context, tokenHash))
    const name = parseNewName(username)
    judgeNewPassword(password, name)
    const passwordHash = await context.identity.passwords.hash(password)
    const member = await context.store.setup.createOwner(tokenHash, { name, passwordHash })
    noteStranger(context, request, {
      kind: 'user.created',
      actor: { id: member.id, name: member.name },
      method: 'set-up link',
      target: member.name,
      detail: { role: member.role, tenant: member.tenant.label },
    })
    response.json(await signIn(context, request, member, { remember: false, method: 'password' }))
  }
}

/** Before any work; `createOwner` asks again, inside its transaction, because others may be as early. */
async function refuseEarly({ store }: OwnApiContext, tokenHash: string): Promise<void> {
  if (!(await store.setup.isNeeded())) throw new GatehouseError('setup_done')
  const expected = await store.setup.findTokenHash()
  if (expected === undefined || !isSameDigest(expected, tokenHash)) throw new GatehouseError('bad_setup_token')
}
