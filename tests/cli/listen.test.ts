import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { createApp } from '../../sidecar/src/app.ts'
import { freePort } from '../support/real-comfyui.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ family }) => family === 'IPv6'),
)

it.skipIf(!hasIpv6)('listens on every IPv4 and every IPv6 address of one port', async () => {
  const port = await freePort()
  const app = createApp({
    lane: { request: async (_message, response) => void response.end('here'), upgrade: async () => undefined },
    ownPages: () => undefined,
    maxConnections: 10,
    tls: undefined,
    onError: (error) => {
      throw error
    },
  })
  await app.listen([
    { host: '0.0.0.0', port },
    { host: '::', port },
  ])
  try {
    for (const host of ['127.0.0.1', '::1']) {
      const socket = connect(port, host)
      socket.write('GET / HTTP/1.0\r\n\r\n')
      const [answer] = await once(socket, 'data')
      expect(String(answer)).toContain('200 OK')
    }
  } finally {
    await app.close()
  }
})
