/** Is the door open, and is ComfyUI behind it? A bare word for strangers, figures for those who are signed in. */
import { mayPrincipal } from '@gatehouse/shared/principal'
import type { RequestHandler } from 'express'
import { findCaller } from './caller.ts'
import type { OwnApiContext } from './context.ts'

/** `/health`, `/api/health`: alive, whatever ComfyUI does. */
export function getHealth(context: OwnApiContext): RequestHandler {
  const sources = context.health
  return async (request, response) => {
    response.set('Cache-Control', 'no-store')
    const caller = await findCaller(context, request)
    if (caller === undefined) {
      response.json({ status: 'ok' })
      return
    }
    const { principal } = caller
    context.enterRequest(principal, response)
    const device = await sources.device(principal)
    response.json({
      status: 'ok',
      queue: await sources.queue(principal),
      worker: await sources.worker(principal),
      device: device?.name ?? null,
      vram: device === undefined ? null : { total: device.vramTotal, free: device.vramFree },
      ...(mayPrincipal(principal, 'server:logs') ? { workers: Object.fromEntries(sources.workers()) } : {}),
    })
  }
}

/** `/ready`: whether a load balancer should send people here; as long as any ComfyUI answers, some can work. */
export function getReady({ health: sources }: OwnApiContext): RequestHandler {
  return async (_request, response) => {
    const comfyui = sources.comfyui()
    const store = await sources.isStoreUp()
    const ready = comfyui !== 'down' && store
    response.set('Cache-Control', 'no-store')
    response.status(ready ? 200 : 503).json({ ready, comfyui, store: store ? 'up' : 'down' })
  }
}
