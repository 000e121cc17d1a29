/** How does one request or upgrade travel through the practice ComfyUI, from the socket to the answer? */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type Answer, type BytesAnswer, HttpException, internalError } from './aiohttp/answer.ts'
import { createIncomingRequest, firstHeader, type IncomingRequest, readWhole } from './aiohttp/incoming-request.ts'
import { cacheControl, originOnly } from './aiohttp/middleware.ts'
import type { Router } from './aiohttp/router.ts'
import { parseTarget, type Target } from './aiohttp/target.ts'
import { writeAnswer } from './aiohttp/write-answer.ts'
import type { Comfyui } from './comfyui.ts'
import type { Guard } from './guard.ts'
import { connectSocket, refuseHandshake } from './routes/websocket.ts'

export interface RecordedRequest {
  readonly method: string
  /** The target as sent. */
  readonly url: string
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[]
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

export interface HttpServerParts {
  /** Asked at every request: a restart exchanges them. */
  readonly comfyui: () => Comfyui
  readonly router: () => Router
  readonly guard: Guard
  readonly record: (request: RecordedRequest) => void
}

// aiohttp's default since 3.12: 3630 s.
const keepAliveMs = 3_630_000
const incomingMessageBytes = 4 * 1024 * 1024

export function createHttpServer(parts: HttpServerParts): Server {
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0, maxHeaderSize: 64 * 1024 })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: incomingMessageBytes })
  server.on('request', (message, response) => void handleRequest(parts, message, response))
  server.on('upgrade', (message, socket, head) => void handleUpgrade(parts, sockets, message, socket, head))
  return server
}

async function handleRequest(
  parts: HttpServerParts,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = message.method ?? 'GET'
  const header = (name: string) => firstHeader(message.rawHeaders, name)
  // Bodies are read to the end whatever the answer, so that every one is on record.
  const body = readWhole(message)
  const recorded = body.then((bytes) => parts.record(recordOf(message, bytes)))
  recorded.catch(() => parts.record(recordOf(message, Buffer.alloc(0))))
  const answer = await answerRequest(parts, message, header, () => body)
  await recorded.catch(() => undefined)
  if (!response.destroyed) writeAnswer(response, answer, method, header)
}

async function answerRequest(
  parts: HttpServerParts,
  message: IncomingMessage,
  header: (name: string) => string | undefined,
  body: () => Promise<Buffer>,
): Promise<Answer> {
  const method = message.method ?? 'GET'
  const guarded = parts.guard.check(method, message.url ?? '', header)
  if (guarded !== undefined) return guarded
  const target = parseTarget(message.url ?? '/')
  const path = fullyDecoded(target)
  try {
    const refused = await originOnly(method, header)
    if (refused !== undefined) return withCacheControl(refused, path)
    const { handler, params } = parts.router().resolve(method, target.path)
    const request: IncomingRequest = createIncomingRequest(message, target, params, body)
    return withCacheControl(await handler(request), path)
  } catch (error) {
    if (error instanceof HttpException) return error.answer
    parts.comfyui().logs.write(`Error handling request from 127.0.0.1: ${String(error)}`)
    return internalError()
  }
}

// A handler's own Cache-Control stays; 404 and 405 of the router are raised, and pass the middleware by.
function withCacheControl(answer: Answer, path: string): Answer {
  if (answer.headers.some(([name]) => name === 'Cache-Control') || isRouterRefusal(answer)) return answer
  const status = answer.kind === 'file' ? 200 : answer.status
  const [type, ...rest] = answer.headers
  const added = cacheControl(path, status)
  return { ...answer, headers: type === undefined ? added : [type, ...rest, ...added] }
}

function isRouterRefusal(answer: Answer): boolean {
  return answer.kind === 'bytes' && /^40[45]: /.test(answer.body.toString('latin1', 0, 5))
}

async function handleUpgrade(
  parts: HttpServerParts,
  sockets: WebSocketServer,
  message: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy())
  const header = (name: string) => firstHeader(message.rawHeaders, name)
  parts.record(recordOf(message, Buffer.alloc(0)))
  const target = parseTarget(message.url ?? '/')
  const refused = parts.guard.check('GET', message.url ?? '', header) ?? (await originOnly('GET', header))
  if (refused?.kind === 'bytes') return endSocket(socket, refused)
  const isWs = message.method === 'GET' && (target.path === '/ws' || target.path === '/api/ws')
  if (!isWs) {
    // aiohttp answers an upgrade of another route as if nothing had been asked.
    const answer = await answerRequest(parts, message, header, async () => Buffer.alloc(0))
    return endSocket(
      socket,
      answer.kind === 'bytes' ? answer : { ...internalError(), status: 404, body: Buffer.alloc(0) },
    )
  }
  const version = header('sec-websocket-version') ?? ''
  if (header('upgrade')?.toLowerCase() !== 'websocket' || version !== '13')
    return endSocket(socket, refuseHandshake({ header }))
  const clientId = target.query.find(([name]) => name === 'clientId')?.[1] ?? ''
  sockets.handleUpgrade(message, socket, head, (opened) => connectSocket(parts.comfyui(), opened, clientId))
}

function endSocket(socket: Duplex, answer: BytesAnswer): void {
  const headers = [...answer.headers, ['Content-Length', String(answer.body.length)], ['Connection', 'close']]
  const lines = headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines}\r\n\r\n`),
      answer.body,
    ]),
  )
}

function fullyDecoded(target: Target): string {
  return target.path.replaceAll('%2F', '/').replaceAll('%25', '%')
}

function recordOf(message: IncomingMessage, body: Buffer): RecordedRequest {
  return {
    method: message.method ?? '',
    url: message.url ?? '',
    rawHeaders: message.rawHeaders,
    headers: message.headers,
    body,
  }
}
