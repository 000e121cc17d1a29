/**
 * A forwarder that hides the death of either side lies to the other: a truncated answer taken for a whole one, a job
 * posted twice, an upstream that works on for nobody. Raw sockets on both ends show what really crosses it.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { outgoing } from '../../sidecar/src/policy/outgoing.ts'
import { forwardHttp } from '../../sidecar/src/proxy/forward-http.ts'
import { createUpstream, type Upstream } from '../../sidecar/src/proxy/upstream.ts'
import { until } from '../support/person.ts'

/** Instead of the two minutes a real client is given. */
const stallMs = 200

interface World {
  readonly upstream: Upstream
  readonly door: HttpServer
  readonly raw: Server
}

const open: World[] = []

afterEach(async () => {
  for (const { upstream, door, raw } of open.splice(0)) {
    await upstream.close()
    door.closeAllConnections()
    door.close()
    raw.close()
  }
})

/** A raw upstream, and a door that forwards every request to it as a GET or POST of `/x`. */
async function world(onConnection: (socket: Socket) => void): Promise<{ door: number; outcomes: unknown[] }> {
  const raw = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  raw.listen(0, '127.0.0.1')
  await once(raw, 'listening')
  const upstream = createUpstream({
    name: 'test',
    url: new URL(`http://127.0.0.1:${port(raw)}`),
    guardSecret: undefined,
    mustProve: true,
    tlsCa: undefined,
  })
  const outcomes: unknown[] = []
  const door = createHttpServer((message, response) => {
    const method = message.method === 'POST' ? 'POST' : 'GET'
    const body = method === 'POST' ? { body: new TextEncoder().encode('{}') } : {}
    forwardHttp(upstream, outgoing({ method, segments: ['x'], ...body }), response, {
      headers: () => ({}),
      stallMs,
    }).then(
      () => outcomes.push('done'),
      (error: unknown) => {
        outcomes.push(error)
        response.statusCode = 503
        response.end()
      },
    )
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  open.push({ upstream, door, raw })
  return { door: port(door), outcomes }
}

function port(server: Server | HttpServer): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Sends one request and resolves to every byte until the connection ends. */
async function exchange(doorPort: number, method = 'GET'): Promise<string> {
  const socket = connect(doorPort, '127.0.0.1')
  socket.write(`${method} / HTTP/1.1\r\nHost: door\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {
    text += '<reset>'
  })
  await once(socket, 'close')
  return text
}

function onRequest(socket: Socket, answer: (request: string) => void): void {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    if (!text.includes('\r\n\r\n')) return
    const request = text
    text = ''
    answer(request)
  })
}

describe('the forwarder', () => {
  it('never ends a truncated answer cleanly', async () => {
    const { door } = await world((socket) =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', () => socket.destroy())
      }),
    )
    const text = await exchange(door)
    expect(text).toContain('content-length: 100')
    expect(text.split('\r\n\r\n')[1]?.replace('<reset>', '')).toBe('only this')
  })

  it('never ends a truncated chunked answer cleanly', async () => {
    const { door } = await world((socket) =>
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n', () => socket.destroy())
      }),
    )
    expect(await exchange(door)).not.toContain('\r\n0\r\n\r\n')
  })

  it('asks once more when a reused connection dies before a byte of an answer to a GET', async () => {
    let requests = 0
    const { door } = await world((socket) =>
      onRequest(socket, () => {
        requests += 1
        if (requests === 2) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }),
    )
    expect(await exchange(door)).toContain('ok')
    expect(await exchange(door)).toContain('ok')
    expect(requests).toBe(3)
  })

  it('never asks twice when the method was POST', async () => {
    let requests = 0
    const { door, outcomes } = await world((socket) =>
      onRequest(socket, () => {
        requests += 1
        socket.resetAndDestroy()
      }),
    )
    expect(await exchange(door, 'POST')).toContain('503')
    expect(requests).toBe(1)
    expect(outcomes).toEqual([expect.objectContaining({ code: 'comfyui_down' })])
  })

  it('stops ComfyUI working for a client that is gone', async () => {
    const gone = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const { door } = await world((socket) => {
      socket.on('close', () => gone.resolve())
      onRequest(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegin')
        asked.resolve()
      })
    })
    const client = connect(door, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nHost: door\r\n\r\n')
    await asked.promise
    await once(client, 'data')
    client.destroy()
    await gone.promise
  })

  it('does not call ComfyUI down because a client left before the answer', async () => {
    const asked = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    const { door, outcomes } = await world((socket) => {
      socket.on('close', () => gone.resolve())
      onRequest(socket, () => asked.resolve())
    })
    const client = connect(door, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nHost: door\r\n\r\n')
    await asked.promise
    client.destroy()
    await gone.promise
    await until(async () => (outcomes.length > 0 ? true : undefined))
    expect(outcomes).toEqual(['done'])
  })

  it('hangs up on a client that reads nothing, so that ComfyUI has its connection back', async () => {
    const released = Promise.withResolvers<void>()
    const { door } = await world((socket) =>
      onRequest(socket, () => {
        const block = Buffer.alloc(1024 * 1024)
        const pour = (): void => {
          while (!socket.destroyed && socket.write(block));
        }
        socket.once('close', () => released.resolve())
        socket.on('drain', pour)
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1024 ** 4}\r\n\r\n`)
        pour()
      }),
    )
    const client = connect(door, '127.0.0.1').pause()
    client.on('error', () => undefined)
    client.write('GET / HTTP/1.1\r\nHost: door\r\n\r\n')
    await released.promise
    client.destroy()
  })

  it('keeps hop-by-hop headers, cookies and the server name of ComfyUI to itself, and describing headers whole', async () => {
    const { door } = await world((socket) =>
      onRequest(socket, () => {
        socket.write(
          'HTTP/1.1 200 OK\r\nServer: Python\r\nSet-Cookie: a=b\r\nKeep-Alive: timeout=9\r\nX-Other: 1\r\nETag: "v"\r\n' +
            'Content-Disposition: filename="x.png"\r\nContent-Length: 2\r\n\r\nok',
        )
      }),
    )
    const head = (await exchange(door)).split('\r\n\r\n')[0]?.toLowerCase() ?? ''
    for (const hidden of ['server:', 'set-cookie', 'timeout=9', 'x-other']) expect(head).not.toContain(hidden)
    expect(head).toContain('etag: "v"')
    expect(head).toContain('content-disposition: filename="x.png"')
  })

  it('sends nothing upstream but what was built', async () => {
    let seen = ''
    const { door } = await world((socket) =>
      onRequest(socket, (request) => {
        seen = request
        socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      }),
    )
    const socket = connect(door, '127.0.0.1')
    socket.write(
      'GET /secret?token=t HTTP/1.1\r\nHost: evil\r\nCookie: c=1\r\nAuthorization: Bearer k\r\nComfy-User: bob\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: close\r\n\r\n',
    )
    socket.resume()
    await once(socket, 'close')
    expect(
      seen
        .split('\r\n')
        .map((line) => line.split(':')[0]?.toLowerCase())
        .filter(Boolean),
    ).toEqual(['get /x http/1.1', 'host', 'connection', 'accept-encoding'])
  })
})
