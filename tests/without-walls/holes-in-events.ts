/** What is missing where what ComfyUI tells is anybody's? The addressee of a frame, its own names, and silence about others. */
import { vi } from 'vitest'
import type { WebSocket } from 'ws'
import { isWorld } from './which-world.ts'

const isUnjudged = isWorld('nothing is judged')

vi.mock(import('../../sidecar/src/hub/hub.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    ...real,
    createHub: (parts) => {
      const sockets = new Set<WebSocket>()
      const hub = real.createHub({
        ...parts,
        connect: (clientId) => {
          const upstream = parts.connect(clientId)
          void Promise.resolve(upstream).then((one) =>
            one.on('message', (data, isBinary) => {
              const text = String(data)
              if (!isBinary && !/^{"type": ?"/.test(text)) return
              for (const socket of sockets) socket.send(isBinary ? data : text, { binary: isBinary })
            }),
          )
          return upstream
        },
      })
      const join: typeof hub.join = (socket, request) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        return hub.join(socket, request)
      }
      return { ...hub, join }
    },
  }
})

vi.mock(import('../../sidecar/src/hub/audience.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    createAudience: (...given) => {
      const own = real.createAudience(...given)
      return { ...own, of: (_user, id) => own.all().filter(({ clientId }) => clientId === id) }
    },
  }
})

vi.mock(import('../../sidecar/src/hub/execution-slot.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return {
    createExecutionSlot: (parts) => {
      const slot = real.createExecutionSlot(parts)
      let node: string | undefined
      const event: typeof slot.event = (type, data) => {
        if (type === 'executing' && typeof data.node === 'string') node = data.node
        return slot.event(type, data)
      }
      return { ...slot, event, runningNode: () => node }
    },
  }
})

vi.mock(import('../../sidecar/src/ledger/live-job.ts'), async (original) => {
  const real = await original()
  if (!isUnjudged) return real
  return { ...real, frameNames: (...job) => ({ ...real.frameNames(...job), tellsCached: () => true }) }
})
