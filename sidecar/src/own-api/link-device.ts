/** How does the other device come in? It uses the code up, shows a number, and waits until that was typed in at the first one. */
import type { DeviceClaimed } from '@gatehouse/shared/arrivals-contract'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { deviceHash, mintDeviceClaim } from '../identity/device-code.ts'
import type { DeviceLinkRecord } from '../store/device-links.ts'
import type { Member, SessionRecord } from '../store/store.ts'
import { watched } from './audited.ts'
import { parseBody } from './body.ts'
import type { OwnApiContext } from './context.ts'
import { type SignInOptions, signIn, userAgentOf } from './sign-in.ts'

const claimShape = z.object({ code: z.string().min(1).max(128) })
const redeemShape = z.object({ claim: z.string().min(1).max(128) })
const attempt = { method: 'device-link' }

export function postDeviceClaim(context: OwnApiContext): RequestHandler {
  const { deviceLinks } = context.store
  return async (request, response) => {
    const { code } = parseBody(claimShape, request)
    const answer: DeviceClaimed = mintDeviceClaim()
    await watched(context, request, attempt, async () => {
      const link = await deviceLinks.findByCode(deviceHash(code))
      const device = { address: context.clientAddress(request), userAgent: userAgentOf(request) }
      const held = { claimHash: deviceHash(answer.claim), number: answer.number, ...device }
      if (link !== undefined && (await deviceLinks.claim({ id: link.id, ...held }))) return
      throw new GatehouseError('bad_device_code')
    })
    response.json(answer)
  }
}

export function postDeviceRedeem(context: OwnApiContext): RequestHandler {
  const { deviceLinks } = context.store
  return async (request, response) => {
    const { claim } = parseBody(redeemShape, request)
    const link = await deviceLinks.findByClaim(deviceHash(claim))
    if (link === undefined) throw new GatehouseError('bad_device_code')
    if (!link.isApproved) {
      response.status(202).json({})
      return
    }
    const { member, session } = await findVouching(context, link)
    if (!(await deviceLinks.remove(link.id))) throw new GatehouseError('bad_device_code')
    response.json(await signIn(context, request, member, inherited(context, session)))
  }
}

/** Whoever signed out meanwhile, or was, lets nobody in. @throws bad_device_code */
async function findVouching({ identity, store }: OwnApiContext, link: DeviceLinkRecord) {
  const session = await identity.sessionLookup.find(link.sessionHash)
  const member = session === undefined ? undefined : await store.users.findById(session.userId)
  if (session === undefined || member?.state !== 'active') throw new GatehouseError('bad_device_code')
  return { member, session } satisfies { readonly member: Member; readonly session: SessionRecord }
}

/** No more rights, no younger proof and no longer life than the session that vouches; what ends that at its issuer ends this. */
function inherited({ now }: OwnApiContext, session: SessionRecord): SignInOptions {
  const { remember, factor, issuer, issuerSession, provenAtMs, expiresAtMs } = session
  return {
    remember,
    method: 'device-link',
    askedAtMs: provenAtMs,
    longestMs: expiresAtMs - now(),
    ...(factor === null ? {} : { factor }),
    ...(issuer === null ? {} : { issued: { issuer, session: issuerSession } }),
  }
}
