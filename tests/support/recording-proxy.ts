/** What does a real ComfyUI hear? A proxy in front of it that passes everything on unchanged and remembers each request. */
import { Agent, type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { RecordedRequest } from '../practice-comfyui/start.ts'

export interface RecordingProxy {
  readonly url: string
  readonly port: number
  readonly requests: readonly RecordedRequest[]
  readonly forgetRequests: () => void
  readonly close: () => Promise<void>
}

/** What stands in for a part of ComfyUI that the one behind the proxy does not have. */
export interface StandIn {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** `standIn` answers in place of the target where it has something to say. */
export async function startRecordingProxy(
  target: string,
  standIn: (asked: Pick<RecordedRequest, 'method' | 'url'>) => StandIn | undefined = () => undefined,
): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target)
  const requests: RecordedRequest[] = []
  const agent = new Agent({ keepAlive: true })
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  const server = createServer({ requestTimeout: 0, maxHeaderSize: 64 * 1024 }, (asked, answer) => {
    const told = standIn({ method: asked.method ?? 'GET', url: asked.url ?? '/' })
    if (told !== undefined) return void tell(asked, answer, told).then((record) => requests.push(record))
    const upstream = passOn(asked, answer, { agent, hostname, port })
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      upstream.write(chunk)
    })
    asked.on('end', () => {
      requests.push(recordOf(asked, Buffer.concat(chunks)))
      upstream.end()
    })
    // What broke off is on record without a body, as with the practice ComfyUI.
    asked.on('close', () => {
      if (asked.complete) return
      requests.push(recordOf(asked, Buffer.alloc(0)))
      upstream.destroy()
    })
  })
  server.on('connection', keep)
  server.on('upgrade', (asked: IncomingMessage, client: Socket, head: Buffer) => {
    requests.push(recordOf(asked, head))
    const upstream = connect(Number(port), hostname)
    keep(upstream)
    const lines = pairs(asked.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
    upstream.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
    upstream.write(head)
    upstream.pipe(client)
    client.pipe(upstream)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const bound = server.address()
  const ownPort = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    url: `http://127.0.0.1:${ownPort}`,
    port: ownPort,
    requests,
    forgetRequests: () => requests.splice(0),
    close: async () => {
      for (const socket of open) socket.destroy()
      agent.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

function passOn(
  asked: IncomingMessage,
  answer: ServerResponse,
  to: { readonly agent: Agent; readonly hostname: string; readonly port: string },
): ClientRequest {
  const { method, url: path, rawHeaders } = asked
  const upstream = request({ ...to, method, path, headers: [...rawHeaders], setDefaultHeaders: false })
  upstream.on('response', (told) => {
    answer.writeHead(told.statusCode ?? 502, told.rawHeaders)
    told.pipe(answer)
    told.on('error', () => answer.destroy())
  })
  upstream.on('error', () => answer.destroy())
  answer.on('close', () => upstream.destroy())
  return upstream
}

async function tell(asked: IncomingMessage, answer: ServerResponse, told: StandIn): Promise<RecordedRequest> {
  const body = await buffer(asked)
  answer.writeHead(told.status, { 'content-type': told.type, 'content-length': Buffer.byteLength(told.body) })
  answer.end(asked.method === 'HEAD' ? undefined : told.body)
  return recordOf(asked, body)
}

function recordOf(asked: IncomingMessage, body: Buffer): RecordedRequest {
  const { method = 'GET', url = '/', rawHeaders, headers } = asked
  return { method, url, rawHeaders, headers, body }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
}
