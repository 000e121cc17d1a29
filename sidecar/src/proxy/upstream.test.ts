import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { createUpstream } from './upstream.ts'

async function listening(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    answer(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const upstream = createUpstream({
    name: 'default',
    url: new URL(`http://127.0.0.1:${port}`),
    guardSecret: undefined,
    mustProve: true,
    tlsCa: undefined,
    silenceMs: 100,
  })
  return {
    upstream,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

it('gives up a ComfyUI that takes the connection and never answers the handshake', async () => {
  await using silent = await listening(() => undefined)
  const socket = silent.upstream.connectSocket('id')
  const [error] = await once(socket, 'error').catch((cause: unknown) => [cause])
  expect(String(error)).toContain('Opening handshake has timed out')
})
