/** How does ComfyUI misbehave on demand? A door in front of a practice one that answers chosen paths wrongly, or never. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

export type Fault =
  /** A page where JSON was asked for, as a proxy in between would send. */
  | 'html'
  | 'brokenJson'
  | 'wrongShape'
  | 'error500'
  /** Takes the request and never answers. */
  | 'silence'
  /** Ends the connection before the first byte. */
  | 'hangUp'
  /** Ends it in the middle of the body. */
  | 'cut'

export interface FaultyComfyui extends AsyncDisposable {
  readonly url: string
  /** The real one; until it is set, nothing answers. */
  target: string
  /** Which request is answered wrongly; undefined lets it through. */
  fault: (method: string, path: string) => Fault | undefined
  /** Paths that were answered wrongly so far. */
  readonly spoilt: string[]
  /** Requests that wait for an answer that will never come. */
  readonly pending: () => number
}

export async function startFaultyComfyui(): Promise<FaultyComfyui> {
  const server = createServer()
  const faulty = { target: '', fault: (): Fault | undefined => undefined, spoilt: [] as string[] }
  const silent = new Set<ServerResponse>()
  const tunnels = new Set<Duplex>()
  const door: FaultyComfyui = Object.assign(faulty, {
    url: '',
    pending: () => silent.size,
    [Symbol.asyncDispose]: () => close(server, tunnels),
  })
  server.on('request', (message, response) => {
    const fault = door.fault(message.method ?? '', new URL(message.url ?? '/', 'http://x').pathname)
    if (door.target === '') return response.destroy()
    if (fault === undefined) return passOn(door.target, message, response)
    door.spoilt.push(message.url ?? '')
    if (fault === 'silence') silent.add(response)
    response.once('close', () => silent.delete(response))
    spoil(fault, message, response)
  })
  server.on('upgrade', (message, socket, head) => {
    tunnels.add(socket.once('close', () => tunnels.delete(socket)))
    if (door.target !== '' && door.fault('UPGRADE', '/ws') === undefined) tunnel(door.target, message, socket, head)
    else socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return Object.assign(door, {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
  })
}

function spoil(fault: Fault, message: IncomingMessage, response: ServerResponse): void {
  message.resume()
  const send = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
  const json = 'application/json; charset=utf-8'
  switch (fault) {
    case 'html':
      send(200, 'text/html', '<!doctype html><title>Welcome to nginx!</title>')
      return
    case 'brokenJson':
      send(200, json, '{"name": [1, 2')
      return
    case 'wrongShape':
      send(200, json, '"a text, of all things"')
      return
    case 'error500':
      send(500, 'text/plain; charset=utf-8', '500 Internal Server Error\n\nServer got itself in trouble')
      return
    case 'silence':
      return
    case 'hangUp':
      response.destroy()
      return
    case 'cut':
      response.writeHead(200, { 'content-type': json, 'content-length': 1000 })
      response.write('{"name": ', () => response.destroy())
      return
    default:
      fault satisfies never
  }
}

function passOn(target: string, message: IncomingMessage, response: ServerResponse): void {
  const { port } = new URL(target)
  const passed = request({ port, method: message.method, path: message.url, headers: message.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(response)
  })
  passed.on('error', () => response.destroy())
  response.on('close', () => passed.destroy())
  message.pipe(passed)
}

function tunnel(target: string, message: IncomingMessage, socket: Duplex, head: Buffer): void {
  const upstream = connect(Number(new URL(target).port), '127.0.0.1')
  upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
  const pairs = message.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
  )
  upstream.write(`${message.method} ${message.url} HTTP/1.1\r\n${pairs.join('\r\n')}\r\n\r\n`)
  upstream.write(head)
  socket.pipe(upstream).pipe(socket)
}

async function close(server: Server, tunnels: ReadonlySet<Duplex>): Promise<void> {
  server.closeAllConnections()
  for (const socket of tunnels) socket.destroy()
  server.close()
  await once(server, 'close')
}
