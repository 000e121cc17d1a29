/** How does somebody ask for an account? With a name and a password of their own; an administrator decides. */
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { createBackoff } from '../identity/backoff.ts'
import { judgeNewPassword } from '../identity/password-policy.ts'
import { noteStranger } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { parseNewName } from './new-name.ts'

const shape = z.object({ username: z.string().min(1).max(512), password: z.string().min(1).max(4_096) })
/** One account for all, so that the whole world asks no faster than it may guess one password. */
const anyAccount = '\0register'

export function postRegister(context: OwnApiContext): RequestHandler {
  const backoff = createBackoff()
  return async (request, response) => {
    const { mode, role, waitingCount } = context.registration()
    if (mode !== 'approval') {
      throw new GatehouseError('forbidden', { message: 'Nobody can ask for an account here.' })
    }
    const { username, password } = parseBody(shape, request)
    const name = parseNewName(username)
    judgeNewPassword(password, name)
    const address = context.clientAddress(request)
    await backoff.begin({ account: anyAccount, address, isKnownAddress: false })
    // Before the name is looked at: a free one takes as long as a taken one.
    const passwordHash = await context.identity.passwords.hash(password)
    const outcome = context.mayChooseName(name)
      ? await context.store.users.register({ name, role, passwordHash }, waitingCount)
      : 'name taken'
    noteStranger(context, request, { kind: 'user.registered', target: name, detail: { outcome } })
    // The same for every outcome: who has an account here is nobody's business.
    response.status(202).json({})
  }
}
