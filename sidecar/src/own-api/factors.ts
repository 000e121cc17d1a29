/** Which second factors do I have? Lists and removes them, and makes new recovery codes. */
import type { FactorList, FactorSummary, RecoveryCodes } from '@gatehouse/shared/factors-contract'
import type { Request, RequestHandler } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { mintRecoveryCodes } from '../identity/recovery-codes.ts'
import type { FactorRecord } from '../store/second-factors.ts'
import { note } from './audited.ts'
import { type Caller, requireCaller, requireFreshProof, requirePassword } from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { hasSite } from './prove-factor.ts'

/** Of one person. */
const factorLimitCount = 10

export function getFactors(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request, { maybeWithoutFactor: true })
    requirePassword(caller)
    const { userId, role } = caller.principal
    const { secondFactors } = context.store
    const answer: FactorList = {
      factors: (await secondFactors.list(userId)).map(summarise),
      recoveryCodes: await secondFactors.countRecoveryCodes(userId),
      required: context.needsFactor(role),
      passkeys: hasSite(context, request),
    }
    response.json(answer)
  }
}

export function deleteFactor(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { caller, factors } = await requireKeeper(context, request)
    const factor = factors.find(({ id }) => id === request.params.id)
    if (factor === undefined) throw new GatehouseError('not_found')
    const { userId, role } = caller.principal
    if (factors.length === 1 && context.needsFactor(role)) throw new GatehouseError('last_factor')
    await context.store.secondFactors.remove(userId, factor.id)
    note(context, request, caller, {
      kind: 'factor.removed',
      target: caller.principal.userName,
      detail: detailOf(factor),
    })
    response.status(204).end()
  }
}

/** Those that were made before are worth nothing from now on. */
export function postRecoveryCodes(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const { caller, factors } = await requireKeeper(context, request)
    if (factors.length === 0) {
      throw new GatehouseError('bad_input', { message: 'Recovery codes stand in for a second factor: add one first.' })
    }
    const answer: RecoveryCodes = { recoveryCodes: await putRecoveryCodes(context, caller) }
    note(context, request, caller, {
      kind: 'factor.added',
      target: caller.principal.userName,
      detail: { kind: 'recovery-codes' },
    })
    response.status(201).json(answer)
  }
}

export async function putRecoveryCodes({ store }: OwnApiContext, { principal }: Caller): Promise<readonly string[]> {
  const { codes, hashes } = mintRecoveryCodes(principal.userId)
  await store.secondFactors.putRecoveryCodes(principal.userId, hashes)
  return codes
}

export interface Keeper {
  readonly caller: Caller
  readonly factors: readonly FactorRecord[]
}

/** Who may change their own factors: proven lately, and by a factor where there is one. @throws forbidden, proof_too_old, second_factor_required */
export async function requireKeeper(context: OwnApiContext, request: Request): Promise<Keeper> {
  const caller = await requireCaller(context, request, { maybeWithoutFactor: true })
  requirePassword(caller)
  requireFreshProof(context, caller)
  const factors = await context.store.secondFactors.list(caller.principal.userId)
  const isShort = caller.principal.identity.isByOneFactor === true && factors.length > 0
  if (isShort) throw new GatehouseError('second_factor_required')
  return { caller, factors }
}

/** @throws bad_input */
export function requireRoom(factors: readonly FactorRecord[]): void {
  if (factors.length < factorLimitCount) return
  throw new GatehouseError('bad_input', {
    message: `Nobody may have more than ${factorLimitCount} second factors. Remove one first.`,
  })
}

/** For the audit. */
export function detailOf({ id, kind, label }: FactorRecord): Readonly<Record<string, string>> {
  return { factor: id, kind, label }
}

export function summarise({ id, kind, label, createdAtMs, lastUsedAtMs }: FactorRecord): FactorSummary {
  return {
    ...{ id, kind, label },
    createdAt: new Date(createdAtMs).toISOString(),
    lastUsedAt: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
  }
}
