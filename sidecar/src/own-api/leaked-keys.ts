/** Where does a secret scanner send what it found? Whoever holds a whole key may end it, without a log-in. */
import type { LeakedKeysAnswer } from '@gatehouse/shared/credentials-contract'
import type { RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { addressKey } from '../identity/address-key.ts'
import { revokeLeaked } from '../identity/leaked-keys.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'

const shape = z.object({ text: z.string().min(1) })
/** Texts of one address in a minute; a scanner that finds more sends more keys in each. */
const perMinuteCount = 10

export function postLeakedKeys(context: OwnApiContext): RequestHandler {
  const turns = new RateLimiterMemory({ points: perMinuteCount, duration: 60 })
  const { store, audit } = context
  return async (request, response) => {
    const address = context.clientAddress(request)
    await takeTurn(turns, addressKey(address))
    const { text } = parseBody(shape, request)
    const revoked = await revokeLeaked({ store, audit }, text, address)
    const answer: LeakedKeysAnswer = { revoked: revoked.length }
    response.json(answer)
  }
}

/** @throws too_many_attempts */
async function takeTurn(turns: RateLimiterMemory, key: string): Promise<void> {
  try {
    await turns.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    const seconds = String(Math.ceil(refusal.msBeforeNext / 1000))
    throw new GatehouseError('too_many_attempts', { headers: { 'Retry-After': seconds } })
  }
}
