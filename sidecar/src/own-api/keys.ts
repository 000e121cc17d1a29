/** Which API keys does somebody have? Lists, makes and revokes them; the whole key is shown once. */

import type { ApiKeyCreated, ApiKeySummary } from '@gatehouse/shared/credentials-contract'
import type { UserId } from '@gatehouse/shared/ids'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { mintApiKey, parseApiKeyId } from '../identity/api-key.ts'
import { judgeKeyLimits } from '../identity/key-limits.ts'
import type { ApiKeyRecord } from '../store/api-keys.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import {
  type Caller,
  readQuery,
  refuseImpersonator,
  requireCaller,
  requireFreshProof,
  requirePassword,
  requirePermission,
  requireUnlimited,
} from './caller.ts'
import type { OwnApiContext } from './context.ts'
import { keyLimits } from './key-limits.ts'
import { findSubject, mayEnd } from './target.ts'

const dayMs = 24 * 60 * 60 * 1000
const keyLimitCount = 100

const shape = keyLimits.extend({
  label: z
    .string()
    .trim()
    .max(100)
    .regex(/^\P{Cc}*$/u)
    .default(''),
  expiresInDays: z.int().min(1).max(3_650).nullish(),
})

export function getKeys(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    const userId = await findSubject(context, caller, readQuery(request).get('user'))
    response.json((await context.store.apiKeys.list(userId)).map(summariseKey))
  }
}

export function postKey(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePermission(caller, 'token:own')
    requirePassword(caller)
    requireFreshProof(context, caller)
    const { label, expiresInDays, ...wanted } = parseBody(shape, request)
    const userId = await findOwner(context, caller, readQuery(request).get('user'))
    const limits = judgeKeyLimits(wanted, caller.principal.permissions)
    if ((await context.store.apiKeys.list(userId)).length >= keyLimitCount) {
      throw new GatehouseError('bad_input', {
        message: `Nobody may have more than ${keyLimitCount} keys. Revoke one first.`,
      })
    }
    const { id, key, secretHash } = mintApiKey()
    const expiresAtMs = expiresInDays == null ? null : context.now() + expiresInDays * dayMs
    const record = await context.store.apiKeys.add({ id, userId, label, secretHash, expiresAtMs, ...limits })
    const detail = { label, expires: expiresInDays == null ? 'never' : `in ${expiresInDays} days` }
    note(context, request, caller, { kind: 'key.created', target: id, detail })
    const created: ApiKeyCreated = { ...summariseKey(record), key }
    response.status(201).json(created)
  }
}

/** Oneself, or a service account that one administers: a key of a person is theirs to make. @throws not_found, forbidden */
async function findOwner(context: OwnApiContext, caller: Caller, name: string | undefined): Promise<UserId> {
  const userId = await findSubject(context, caller, name)
  if (userId === caller.principal.userId) return userId
  if ((await context.store.users.findById(userId))?.kind === 'service') return userId
  throw new GatehouseError('forbidden', { message: 'Only they themselves make a key of theirs.' })
}

/** One's own with any credential that is not limited, so that a program can throw away the key it found leaked. */
export function deleteKey(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requireUnlimited(caller)
    refuseImpersonator(caller.principal)
    const key = await context.store.apiKeys.find(parseApiKeyId(request.params.id))
    if (key === undefined || !(await mayEnd(context, caller, key.userId))) throw new GatehouseError('not_found')
    if (key.userId !== caller.principal.userId) requireFreshProof(context, caller)
    await context.store.apiKeys.revoke(key.id)
    const owner = await context.store.users.findById(key.userId)
    note(context, request, caller, { kind: 'key.revoked', target: key.id, detail: { of: owner?.name ?? '' } })
    response.status(204).end()
  }
}

/** What a listing tells of a key: everything but the key. */
export function summariseKey(record: ApiKeyRecord): ApiKeySummary {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  return {
    id: record.id,
    label: record.label,
    createdAt: new Date(record.createdAtMs).toISOString(),
    expiresAt: time(record.expiresAtMs),
    lastUsedAt: time(record.lastUsedAtMs),
    lastUsedAddress: record.lastUsedAddress,
    scopes: record.scopes,
    addresses: record.addresses,
    workflow: record.workflow,
  }
}
