import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Pool } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createProvenConnector } from './prove-upstream.ts'

const secret = '5e'.repeat(32)
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

type Reply = (nonce: string, socket: Socket, request: string) => void

/** What stands at ComfyUI's address; it hears everything that the sidecar says. */
async function standIn(
  reply: Reply,
): Promise<{ readonly origin: URL; readonly heard: () => string; readonly sockets: Socket[] }> {
  let heard = ''
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      reply(/nonce=([0-9a-f]{64})/.exec(heard)?.[1] ?? '', socket, heard)
    })
  })
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { origin: await listening(server), heard: () => heard, sockets }
}

async function listening(server: Server): Promise<URL> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${portOf(server.address())}`)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const proofFor = (nonce: string, key = secret) =>
  createHmac('sha256', key).update(`gatehouse-upstream:${nonce}`).digest('hex')

function answer(proof: string, extra = ''): string {
  const body = JSON.stringify({ proof })
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}${extra}`
}

const connector = (origin: URL, connectTimeoutMs = 5000) =>
  createProvenConnector({ origin, secret: () => secret, connectTimeoutMs })

describe('a connection to a guarded upstream', () => {
  it('is handed over when the answer proves the secret, and the secret itself was never said', async () => {
    const upstream = await standIn((nonce, socket) => socket.write(answer(proofFor(nonce))))
    const socket = await connector(upstream.origin).open()
    expect(socket.destroyed).toBe(false)
    expect(socket.readableFlowing).toBe(null)
    expect(upstream.heard()).toBe(
      `GET /gatehouse/prove?nonce=${/[0-9a-f]{64}/.exec(upstream.heard())?.[0]} HTTP/1.1\r\nHost: ${upstream.origin.host}\r\nConnection: keep-alive\r\n\r\n`,
    )
    socket.destroy()
  })

  it('is handed over when the answer arrives byte by byte', async () => {
    const upstream = await standIn((nonce, socket) => {
      socket.setNoDelay(true)
      for (const byte of answer(proofFor(nonce))) socket.write(byte)
    })
    const socket = await connector(upstream.origin).open()
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })

  it('asks with a nonce of its own every time', async () => {
    const upstream = await standIn((nonce, socket) => socket.write(answer(proofFor(nonce))))
    for (let count = 0; count < 2; count++)
      (
        await connector(upstream.origin)
          .open()
          .catch(() => undefined)
      )?.destroy()
    const nonces = upstream.heard().match(/nonce=[0-9a-f]{64}/g) ?? []
    expect(new Set(nonces).size).toBe(2)
  })

  const liars: readonly (readonly [string, Reply])[] = [
    ['knows another secret', (nonce, socket) => socket.write(answer(proofFor(nonce, 'ab'.repeat(32))))],
    ['replays a proof of an earlier nonce', (_, socket) => socket.write(answer(proofFor('00'.repeat(32))))],
    ['sends bytes behind the proof', (nonce, socket) => socket.write(answer(proofFor(nonce), 'HTTP/1.1 200 OK\r\n'))],
    ['answers 401', (_, socket) => socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}')],
    [
      'answers with a redirect',
      (_, socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'),
    ],
    ['never stops talking', (_, socket) => socket.write(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}`)],
    ['hangs up without a word', (_, socket) => socket.end()],
    ['resets the connection', (_, socket) => socket.resetAndDestroy()],
    ['hangs up in the middle of its answer', (nonce, socket) => socket.end(answer(proofFor(nonce)).slice(0, -4))],
  ]
  it.each(liars)('is destroyed when the upstream %s', async (_, reply) => {
    const upstream = await standIn(reply)
    await expect(connector(upstream.origin).open()).rejects.toMatchObject({ code: 'comfyui_unproven' })
    await Promise.all(upstream.sockets.map(closed))
    expect(upstream.heard().split('\r\n\r\n')).toHaveLength(2)
  })

  it('is destroyed when the upstream speaks before it was asked', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.write(answer(proofFor('00'.repeat(32))))
    })
    const origin = await listening(server)
    closing.push(() => server.close())
    await expect(connector(origin).open()).rejects.toMatchObject({ code: 'comfyui_unproven' })
  })

  it('is destroyed when the upstream stays silent', async () => {
    const upstream = await standIn(() => {})
    await expect(connector(upstream.origin, 100).open()).rejects.toMatchObject({ code: 'comfyui_unproven' })
    await Promise.all(upstream.sockets.map(closed))
    expect(upstream.sockets).toHaveLength(1)
  })

  it('fails as an upstream that is down when nothing listens', async () => {
    const upstream = createServer()
    const origin = await listening(upstream)
    upstream.close()
    await once(upstream, 'close')
    await expect(connector(origin).open()).rejects.toMatchObject({ code: 'comfyui_down' })
  })
})

describe('a connector without a secret', () => {
  it('connects plainly and asks for nothing', async () => {
    const upstream = await standIn(() => {})
    const socket = await createProvenConnector({
      origin: upstream.origin,
      secret: () => undefined,
      connectTimeoutMs: 5000,
    }).open()
    socket.end('x')
    await once(socket, 'close').catch(() => undefined)
    expect(upstream.heard()).toBe('x')
  })
})

describe('the proven socket', () => {
  async function guarded() {
    let proofs = 0
    const server = createHttpServer((request, response) => {
      const nonce = /^\/gatehouse\/prove\?nonce=([0-9a-f]{64})$/.exec(request.url ?? '')?.[1]
      if (nonce !== undefined) proofs++
      response.end(nonce === undefined ? `you asked ${request.url}` : JSON.stringify({ proof: proofFor(nonce) }))
    })
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => socket.send('hello'))
    const origin = await listening(server)
    closing.push(() => {
      sockets.close()
      server.closeAllConnections()
      server.close()
    })
    return { origin, proofs: () => proofs }
  }

  it('carries the requests of an undici pool, proven once per connection', async () => {
    const upstream = await guarded()
    const pool = new Pool(upstream.origin.origin, { connect: connector(upstream.origin).undici, connections: 1 })
    for (const path of ['/one', '/two']) {
      const { body } = await pool.request({ method: 'GET', path })
      expect(await body.text()).toBe(`you asked ${path}`)
    }
    expect(upstream.proofs()).toBe(1)
    await pool.close()
  })

  it('carries the requests of a node agent, proven once per connection', async () => {
    const upstream = await guarded()
    const proven = connector(upstream.origin)
    const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
      createConnection: proven.createConnection,
    })
    for (const path of ['/one', '/two']) expect(await ask(upstream.origin, path, agent)).toBe(`you asked ${path}`)
    expect(upstream.proofs()).toBe(1)
    agent.destroy()
  })

  it('carries a WebSocket', async () => {
    const upstream = await guarded()
    const socket = new WebSocket(`ws://${upstream.origin.host}/ws`, {
      createConnection: connector(upstream.origin).createConnection,
    })
    const [message] = await once(socket, 'message')
    expect(String(message)).toBe('hello')
    expect(upstream.proofs()).toBe(1)
    socket.terminate()
  })

  it('gives the refusal to whoever asked for the connection', async () => {
    const upstream = await standIn((_, socket) => socket.write(answer('ab'.repeat(32))))
    const proven = connector(upstream.origin)
    const pool = new Pool(upstream.origin.origin, { connect: proven.undici })
    await expect(pool.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'comfyui_unproven' })
    await pool.destroy()
    const request = httpRequest(upstream.origin, { createConnection: proven.createConnection })
    const [error] = await once(request.end(), 'error').catch((thrown: unknown) => [thrown])
    expect(error).toMatchObject({ code: 'comfyui_unproven' })
  })
})

/** A peer that resets the connection raises an error first; either way the socket ends. */
function closed(socket: Socket): Promise<void> {
  return new Promise((done) => {
    if (socket.destroyed) done()
    else socket.once('close', () => done())
  })
}

async function ask(origin: URL, path: string, agent: Agent): Promise<string> {
  const request = httpRequest(new URL(path, origin), { agent }).end()
  const [response]: [IncomingMessage] = await new Promise((done, failed) => {
    request.once('response', (message) => done([message])).once('error', failed)
  })
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}
