/** What happens on `/ws`? One socket a clientId, taken over by whoever names it; one greeting, one negotiation. */
import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { text } from '../aiohttp/answer.ts'
import type { IncomingRequest } from '../aiohttp/incoming-request.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { isDict, type PythonValue } from '../python/values.ts'
import { serverFeatures } from './system.ts'

/** What a request without an upgrade gets; real upgrades never come here. */
export function websocketRoutes(): RouteTable {
  return { 'GET /ws': (request) => refuseHandshake(request) }
}

/** `aiohttp.web_ws.WebSocketResponse._handshake`, in its order. */
export function refuseHandshake(request: Pick<IncomingRequest, 'header'>) {
  const upgrade = request.header('upgrade')
  if (upgrade?.toLowerCase().trim() !== 'websocket') {
    return text(400, `No WebSocket UPGRADE hdr: ${upgrade ?? 'None'}\n Can "Upgrade" only to "WebSocket".`)
  }
  if (!(request.header('connection') ?? '').toLowerCase().includes('upgrade')) {
    return text(400, `No CONNECTION upgrade hdr: ${request.header('connection') ?? 'None'}`)
  }
  const version = request.header('sec-websocket-version') ?? ''
  if (!['13', '8', '7'].includes(version)) return text(400, `Unsupported version: ${version}`)
  const key = request.header('sec-websocket-key')
  return text(400, `Handshake error: ${key === undefined ? 'None' : `'${key}'`}`)
}

export function connectSocket(comfyui: Comfyui, socket: WebSocket, clientId: string): void {
  const { sockets, connected } = comfyui
  const id = clientId === '' ? randomUUID().replaceAll('-', '') : clientId
  sockets.add(id, socket)
  connected.add(socket)
  sockets.sendEvent('status', { status: comfyui.queueInfo(), sid: id }, id)
  const node = comfyui.lastNode()
  if (comfyui.currentClient() === id && node !== undefined) sockets.sendEvent('executing', { node }, id)
  let isFirst = true
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) return
    const message = readMessage(data.toString('utf8'))
    // What is no object raises in the handler, and does not use up the first message either.
    if (!isDict(message)) return
    if (isFirst && message.get('type') === 'feature_flags') {
      // Stored as it comes: a list or null breaks previews of this client's jobs.
      sockets.setFlags(id, message.get('data') ?? new Map())
      sockets.sendEvent('feature_flags', serverFeatures(), id)
    }
    isFirst = false
  })
  socket.on('close', () => {
    connected.delete(socket)
    sockets.remove(id)
  })
  // A socket that breaks ends with `close`; without a listener the process would end instead.
  socket.on('error', () => {})
}

function readMessage(text: string): PythonValue | undefined {
  try {
    return parsePythonJson(text)
  } catch {
    // Invalid JSON is logged and ignored; it does not use up the first message.
    return undefined
  }
}
