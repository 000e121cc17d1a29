/** How does somebody add a second factor? A code or a signature proves that they have it; then it counts at once. */
import type { CodeKey, FactorAdded } from '@gatehouse/shared/factors-contract'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { codeKeyUri } from '../identity/one-time-code.ts'
import { createdShape } from '../identity/passkey-data.ts'
import type { SecondFactors } from '../store/second-factors.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { detailOf, type Keeper, putRecoveryCodes, requireKeeper, requireRoom, summarise } from './factors.ts'
import { siteOf } from './prove-factor.ts'
import { renewSession } from './renew-session.ts'

const issuer = 'Gatehouse'
const label = z
  .string()
  .trim()
  .max(100)
  .regex(/^\P{Cc}*$/u)
  .default('')
const codeShape = z.object({ code: z.string().min(1).max(32), label })
const passkeyShape = z.object({ passkey: createdShape, label })

/** A key to show to an app; it counts for nothing before its first code came back. */
export function postCodeKey(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { caller, factors } = await requireKeeper(context, request)
    requireRoom(factors)
    const { userId, userName } = caller.principal
    const key = context.identity.pendingCodeKeys.begin(userId)
    const answer: CodeKey = { key, uri: codeKeyUri(key, userName, `${issuer} ${request.get('host') ?? ''}`.trim()) }
    response.json(answer)
  }
}

export function postCodeKeyConfirm(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const keeper = await requireKeeper(context, request)
    requireRoom(keeper.factors)
    const { code, label } = parseBody(codeShape, request)
    const confirmed = context.identity.pendingCodeKeys.confirm(keeper.caller.principal.userId, code)
    if (confirmed === undefined) {
      throw new GatehouseError('bad_input', {
        message: 'That is not the code of the key that was shown. Look at the clock of the phone, or begin anew.',
      })
    }
    const { key, step } = confirmed
    response.status(201).json(await add(context, request, keeper, { kind: 'totp', label, data: key, counter: step }))
  }
}

export function postNewPasskeyOptions(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { caller, factors } = await requireKeeper(context, request)
    requireRoom(factors)
    const { userId: id, userName: name } = caller.principal
    response.json(await context.identity.passkeys.offer({ id, name }, factors, siteOf(context, request)))
  }
}

export function postPasskey(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const keeper = await requireKeeper(context, request)
    requireRoom(keeper.factors)
    const { passkey, label } = parseBody(passkeyShape, request)
    const id = keeper.caller.principal.userId
    const made = await context.identity.passkeys.register({ id }, passkey, siteOf(context, request))
    response.status(201).json(await add(context, request, keeper, { kind: 'passkey', label, ...made }))
  }
}

type NewFactor = Omit<Parameters<SecondFactors['add']>[0], 'userId' | 'createdAtMs'>

async function add(
  context: OwnApiContext,
  request: Request,
  { caller, factors }: Keeper,
  made: NewFactor,
): Promise<FactorAdded> {
  const { userId, userName } = caller.principal
  const { secondFactors, sessions } = context.store
  const added = await secondFactors.add({ ...made, userId, createdAtMs: context.now() })
  note(context, request, caller, { kind: 'factor.added', target: userName, detail: detailOf(added) })
  // What was opened with the password alone is what a second factor is to keep out.
  const isFirst = factors.length === 0
  if (isFirst) await sessions.revokeAll(userId, caller.session === undefined ? {} : { keep: caller.session })
  const recoveryCodes = isFirst ? await putRecoveryCodes(context, caller) : []
  const me = await renewSession(context, request, caller, made.kind)
  return { factor: summarise(added), recoveryCodes, ...(me === undefined ? {} : { me }) }
}
