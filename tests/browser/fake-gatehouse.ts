/** What does the browser side talk to in its tests? A small server that keeps the own API's promises and records what came. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiBase, type Me } from '@gatehouse/shared/own-api-contract'
import { csrfHeader, errorCodeHeader, pageHeader, pageQueryKey } from '@gatehouse/shared/page-binding'
import { rolePermissions } from '@gatehouse/shared/roles'
import { type WebSocket, WebSocketServer } from 'ws'
import type { BuiltWeb } from './built-web.ts'
import { answerOwnApi } from './fake-own-api.ts'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface FakeGatehouse {
  readonly origin: string
  /** Same server under another origin: `localhost` instead of `127.0.0.1`. */
  readonly foreignOrigin: string
  readonly seen: readonly Seen[]
  readonly state: FakeState
  readonly sockets: ReadonlySet<WebSocket>
  /** Ends every session on the server, as a revocation does. */
  endSessions(): void
  signIn(user: string): { readonly cookie: string; readonly me: Me }
  requestsTo(path: string): readonly Seen[]
  close(): Promise<void>
}

export interface FakeState {
  readonly sessions: Map<string, Me>
  readonly passwords: Map<string, string>
  readonly keys: Map<string, { readonly id: string; readonly label: string }>
  needsSetup: boolean
  counter: number
}

export const cookieName = 'gatehouse_test'

export async function startFakeGatehouse(web: BuiltWeb): Promise<FakeGatehouse> {
  const state: FakeState = {
    sessions: new Map(),
    passwords: new Map([
      ['alice', 'correct horse alice'],
      ['bob', 'correct horse bob'],
    ]),
    keys: new Map(),
    needsSetup: false,
    counter: 0,
  }
  const seen: Seen[] = []
  const server = createServer((request, response) => void answer({ request, response, state, seen, web }))
  const sockets = acceptSockets(server, state)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = parseAddress(server.address())
  return {
    origin: `http://127.0.0.1:${port}`,
    foreignOrigin: `http://localhost:${port}`,
    seen,
    state,
    sockets,
    endSessions: () => state.sessions.clear(),
    signIn: (user) => openSession(state, user),
    requestsTo: (path) => seen.filter((one) => one.path.split('?')[0] === path),
    close: async () => {
      for (const socket of sockets) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function openSession(state: FakeState, user: string): { readonly cookie: string; readonly me: Me } {
  state.counter += 1
  const id = `session-${state.counter}`
  const me: Me = {
    user,
    role: 'user',
    tenant: user,
    permissions: [...rolePermissions.user],
    page: `page-of-${user}`,
    csrf: `csrf-${state.counter}`,
  }
  state.sessions.set(id, me)
  return { cookie: id, me }
}

export function whoSent(request: IncomingMessage, state: FakeState): Me | undefined {
  const cookie = new RegExp(`${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
  return cookie === undefined ? undefined : state.sessions.get(cookie)
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly state: FakeState
  readonly seen: Seen[]
  readonly web: BuiltWeb
}

async function answer(exchange: Exchange): Promise<unknown> {
  const { request, response, state, seen, web } = exchange
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const body = Buffer.concat(chunks).toString('utf8')
  const url = new URL(request.url ?? '/', 'http://fake')
  const path = url.pathname
  seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
  const file = web.find(path)
  if (file !== undefined) return response.writeHead(200, { 'content-type': file.type }).end(file.content)
  if (path.startsWith(apiBase)) return answerOwnApi(exchange, path.slice(apiBase.length), body)
  if (path === '/' || path === '/graph') return sendPage(response, whoSent(request, state), web)
  if (path === '/blank') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>')
  if (path === '/link-of-another-site') return sendLink(response, url)
  if (path === '/foreign') {
    const allowed = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'x-none' }
    return response.writeHead(200, allowed).end('foreign')
  }
  return sendJudged(exchange, body)
}

function sendPage(response: ServerResponse, me: Me | undefined, web: BuiltWeb): unknown {
  if (me === undefined) return response.writeHead(302, { location: '/login?next=%2Fgraph' }).end()
  const script = `<script src="${web.injectUrl}" data-page="${me.page}" data-csrf="${me.csrf}" data-user="${me.user}"></script>`
  const html = `<!doctype html><html><head>${script}<title>graph</title></head><body><h1>The graph of ${me.user}</h1></body></html>`
  response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(html)
}

function sendLink(response: ServerResponse, url: URL): unknown {
  const html = `<!doctype html><a href="${url.searchParams.get('to')}">go</a>`
  return response.writeHead(200, { 'content-type': 'text/html' }).end(html)
}

/** The checks of the sidecar in its order: identity, page binding, CSRF token; then an echo. */
function sendJudged({ request, response, state }: Exchange, body: string): unknown {
  const me = whoSent(request, state)
  const page = request.headers[pageHeader.toLowerCase()]
  if (me === undefined) return sendError(response, 401, 'unauthenticated')
  if (page !== undefined && page !== me.page) return sendError(response, 409, 'page_belongs_to_another')
  // As the sidecar judges: a page of the same person is enough, otherwise the token must fit.
  const csrf = request.headers[csrfHeader.toLowerCase()]
  if (page === undefined && request.method !== 'GET' && csrf !== me.csrf) return sendError(response, 403, 'cross_site')
  return sendJson(response, 200, {
    user: me.user,
    method: request.method,
    body,
    type: request.headers['content-type'] ?? '',
  })
}

export function sendError(response: ServerResponse, status: number, type: string, message = type): ServerResponse {
  response.setHeader(errorCodeHeader, type)
  return sendJson(response, status, { error: { type, message, details: '', requestId: 'r' } })
}

export function sendJson(response: ServerResponse, status: number, body: unknown): ServerResponse {
  return response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}

function acceptSockets(server: Server, state: FakeState): ReadonlySet<WebSocket> {
  const sockets = new Set<WebSocket>()
  const acceptor = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, raw, head) => {
    const me = whoSent(request, state)
    const page = new URL(request.url ?? '/', 'http://fake').searchParams.get(pageQueryKey)
    const isOpenSocket = request.url?.startsWith('/open-ws') === true
    if (!isOpenSocket && (me === undefined || page !== me.page)) {
      raw.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    acceptor.handleUpgrade(request, raw, head, (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      socket.send(JSON.stringify({ type: 'hello', data: { user: me?.user ?? '', path: request.url } }))
    })
  })
  return sockets
}

function parseAddress(address: string | AddressInfo | null): AddressInfo {
  if (typeof address === 'object' && address !== null) return address
  throw new TypeError('The server does not listen on a port.')
}
