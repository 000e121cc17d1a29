/** What does a real ComfyUI hear? A proxy in front of it that passes everything on unchanged and remembers each request. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { RecordedRequest } from '../practice-comfyui/start.ts'

export interface RecordingProxy {
  readonly url: string
  readonly port: number
  readonly requests: readonly RecordedRequest[]
  readonly forgetRequests: () => void
  readonly close: () => Promise<void>
}

export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target)
  const requests: RecordedRequest[] = []
  const agent = new Agent({ keepAlive: true })
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  const server = createServer({ requestTimeout: 0, maxHeaderSize: 64 * 1024 }, async (asked, answer) => {
    const body = await readBody(asked).catch(() => undefined)
    if (body === undefined) return
    requests.push(recordOf(asked, body))
    passOn({ asked, answer, body }, { agent, hostname, port })
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

interface Exchange {
  readonly asked: IncomingMessage
  readonly answer: ServerResponse
  readonly body: Buffer
}

function passOn({ asked, answer, body }: Exchange, to: { agent: Agent; hostname: string; port: string }): void {
  const { method, url: path, rawHeaders } = asked
  const upstream = request({ ...to, method, path, headers: [...rawHeaders], setDefaultHeaders: false })
  upstream.on('response', (told) => {
    answer.writeHead(told.statusCode ?? 502, told.rawHeaders)
    told.pipe(answer)
    told.on('error', () => answer.destroy())
  })
  upstream.on('error', () => answer.destroy())
  answer.on('close', () => upstream.destroy())
  // The length or the chunks that the sidecar announced stand among the headers.
  upstream.end(body)
}

async function readBody(asked: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of asked) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function recordOf(asked: IncomingMessage, body: Buffer): RecordedRequest {
  const { method = 'GET', url = '/', rawHeaders, headers } = asked
  return { method, url, rawHeaders, headers, body }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
}
