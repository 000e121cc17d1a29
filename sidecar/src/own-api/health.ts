/** Is the door open, and is ComfyUI behind it? A bare word for strangers, figures for those who are signed in. */
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
    const device = await sources.device()
    response.json({
      status: 'ok',
      queue: await sources.queue(caller.principal),
      worker: sources.worker(),
      device: device?.name ?? null,
      vram: device === undefined ? null : { total: device.vramTotal, free: device.vramFree },
    })
  }
}

/** `/ready`: whether a load balancer should send people here. */
export function getReady({ health: sources }: OwnApiContext): RequestHandler {
  return async (_request, response) => {
    const [comfyui, store] = await Promise.all([sources.isComfyuiUp(), sources.isStoreUp()])
    const ready = comfyui && store
    response.set('Cache-Control', 'no-store')
    response.status(ready ? 200 : 503).json({ ready, comfyui: comfyui ? 'up' : 'down', store: store ? 'up' : 'down' })
  }
}
