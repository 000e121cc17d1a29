/** How does somebody let their phone in? They show it a code, and type in here the number that it shows. */
import type { DeviceLinkCreated, DeviceLinkState } from '@gatehouse/shared/arrivals-contract'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { GatehouseError } from '../gatehouse-error.ts'
import { isSameSecret } from '../identity/constant-time.ts'
import { deviceHash, deviceLinkMs, mintDeviceCode } from '../identity/device-code.ts'
import type { DeviceLinkRecord } from '../store/device-links.ts'
import { randomId } from '../store/random-id.ts'
import { note } from './audited.ts'
import { parseBody } from './body.ts'
import { type Caller, requireCaller, requireFreshProof, requirePassword } from './caller.ts'
import type { OwnApiContext } from './context.ts'

const approveShape = z.object({ number: z.string().min(1).max(16) })

export function postDeviceLink(context: OwnApiContext): RequestHandler {
  return async (request, response) => {
    const caller = await requireCaller(context, request)
    requirePassword(caller)
    requireFreshProof(context, caller)
    if (caller.session === undefined) {
      throw new GatehouseError('forbidden', { message: 'Only a session in a browser lets another device in.' })
    }
    const code = mintDeviceCode()
    const link = { id: randomId(16), sessionHash: caller.session, expiresAtMs: context.now() + deviceLinkMs }
    await context.store.deviceLinks.add({ ...link, userId: caller.principal.userId, codeHash: deviceHash(code) })
    note(context, request, caller, { kind: 'device.offered', target: link.id })
    const answer: DeviceLinkCreated = {
      id: link.id,
      path: `/link#${code}`,
      expiresAt: new Date(link.expiresAtMs).toISOString(),
    }
    response.status(201).json(answer)
  }
}

export function getDeviceLink(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { link } = await findOwn(context, request, request.params.id)
    const state = link.isApproved ? 'approved' : link.number === null ? 'waiting' : 'claimed'
    const answer: DeviceLinkState = { state, address: link.address, userAgent: link.userAgent }
    response.json(answer)
  }
}

export function deleteDeviceLink(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { link } = await findOwn(context, request, request.params.id)
    await context.store.deviceLinks.remove(link.id)
    response.status(204).end()
  }
}

export function postDeviceApproval(context: OwnApiContext): RequestHandler<{ id: string }> {
  return async (request, response) => {
    const { caller, link } = await findOwn(context, request, request.params.id)
    const { number } = parseBody(approveShape, request)
    if (link.number === null) throw new GatehouseError('bad_input', { message: 'No device has used the code yet.' })
    const detail = { deviceAddress: link.address ?? '', deviceAgent: link.userAgent ?? '' }
    if (!isSameSecret(number.trim(), link.number)) {
      // Attack: somebody who photographed the code came first. One try, so that the number is worth its digits.
      await context.store.deviceLinks.remove(link.id)
      note(context, request, caller, { kind: 'device.refused', target: link.id, detail })
      throw new GatehouseError('bad_input', {
        message: 'That is not the number that the device shows. Begin again with a new code.',
      })
    }
    if (!(await context.store.deviceLinks.approve(link.id))) throw new GatehouseError('bad_device_code')
    note(context, request, caller, { kind: 'device.linked', target: link.id, detail })
    response.status(204).end()
  }
}

interface OwnLink {
  readonly caller: Caller
  readonly link: DeviceLinkRecord
}

/** Of this very session: another one of the same person has nothing to do with it. @throws unauthenticated, forbidden, not_found */
async function findOwn(context: OwnApiContext, request: Request, id: string): Promise<OwnLink> {
  const caller = await requireCaller(context, request)
  requirePassword(caller)
  const link = await context.store.deviceLinks.findById(id)
  if (link === undefined || link.sessionHash !== caller.session) throw new GatehouseError('not_found')
  return { caller, link }
}
