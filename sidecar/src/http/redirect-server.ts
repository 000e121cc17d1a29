/** What does the listener in clear say? That the same address is served over https, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { canonicalTarget } from './canonical-path.ts'

/** Seconds are plenty for a request line. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1_000,
  maxHeaderSize: 16 * 1024,
} as const
const maxConnections = 1_000

/** `publicOrigin` is asked for each request, because the port is known only once the sidecar listens. */
export function createRedirectServer(publicOrigin: () => string): Server {
  const server = createServer(limits, (request, response) => answer(request, response, publicOrigin()))
  server.maxConnections = maxConnections
  // Nothing is upgraded in clear.
  server.on('upgrade', (_request, socket) =>
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  )
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

function answer(request: IncomingMessage, response: ServerResponse, origin: string): void {
  response.setHeader('Connection', 'close')
  response.setHeader('Cache-Control', 'no-store')
  // A program that sent a credential or a body in clear has to notice, instead of going on so for ever.
  const isPage = request.method === 'GET' || request.method === 'HEAD'
  const carriesSecret = request.headers.authorization !== undefined || request.headers['x-api-key'] !== undefined
  if (!isPage || carriesSecret) {
    response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(
      `This address is served over https only: ${origin}. A credential sent here in clear should be replaced.\n`,
    )
    return
  }
  response.writeHead(308, { Location: `${origin}${pathOf(request.url ?? '/')}` })
  response.end()
}

/** Without the query, which may hold a credential; odd targets go to the start page. */
function pathOf(target: string): string {
  try {
    const { segments, underApi } = canonicalTarget(target.split('?', 1)[0] ?? '/')
    return ['', ...(underApi ? ['api'] : []), ...segments.map(encodeURIComponent)].join('/') || '/'
  } catch {
    return '/'
  }
}
