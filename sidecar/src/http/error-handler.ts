/** How is a refusal told? The only writer of error answers: ComfyUI's shape, a redirect for pages, a plain line for sockets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorCodes } from '@gatehouse/shared/error-codes'
import { errorCodeHeader } from '@gatehouse/shared/page-binding'
import { GatehouseError } from '../gatehouse-error.ts'
import { missingRoute } from '../policy/answer.ts'
import { lingerOver } from './linger.ts'
import type { RequestScope } from './request-scope.ts'
import { writeAnswer } from './write-answer.ts'

/** Any thrown value as an error with a public face; what we did not foresee is `internal`. */
export function asGatehouseError(error: unknown): GatehouseError {
  return error instanceof GatehouseError ? error : new GatehouseError('internal', { cause: error })
}

export interface ErrorPages {
  /** Shown for page navigations while ComfyUI is down; reloads itself. */
  readonly waiting: () => Promise<Uint8Array | undefined>
}

/** Writes the answer of a refused request; a half-written answer is cut off instead. */
export async function writeError(
  response: ServerResponse,
  thrown: unknown,
  scope: RequestScope | undefined,
  pages: ErrorPages,
): Promise<void> {
  const error = asGatehouseError(thrown)
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  if (!response.req.complete) lingerOver(response.req)
  if (scope?.isNavigation === true) {
    if (error.code === 'unauthenticated') return redirectToLogin(response, scope)
    if (error.code === 'second_factor_required') return redirectTo(response, '/account#factors')
    if (error.code === 'comfyui_down' || error.code === 'comfyui_unproven') return writeWaiting(response, error, pages)
  }
  if (error.code === 'not_found') return writeAnswer(response, missingRoute)
  await writeAnswer(response, {
    kind: 'json',
    status: error.status,
    value: errorBody(error, scope),
    headers: { ...errorHeaders(error, scope), 'cache-control': 'no-store' },
  })
}

/** ComfyUI's own shape; the cure is part of the one sentence that the stock UI shows. */
function errorBody(error: GatehouseError, scope: RequestScope | undefined) {
  const cure = errorCodes[error.code].cure
  return {
    error: {
      type: error.code,
      message: `${error.message} ${cure}`,
      details: '',
      extra_info: { request_id: scope?.id ?? '' },
    },
    node_errors: {},
  }
}

function errorHeaders(error: GatehouseError, scope: RequestScope | undefined): Record<string, string> {
  const challenge = error.status === 401 ? { 'www-authenticate': challengeFor(scope) } : {}
  return { [errorCodeHeader]: error.code, ...challenge, ...error.headers }
}

/** A Basic challenge would make a browser ask for a password in a window of its own. */
function challengeFor(scope: RequestScope | undefined): string {
  const isBrowser = scope === undefined || scope.headers.has('sec-fetch-mode') || scope.headers.has('x-gatehouse-page')
  const looksLikeBrowser = isBrowser || (scope.headers.get('user-agent') ?? '').startsWith('Mozilla/')
  return looksLikeBrowser
    ? 'Bearer realm="Gatehouse"'
    : 'Bearer realm="Gatehouse", Basic realm="Gatehouse", charset="UTF-8"'
}

function redirectToLogin(response: ServerResponse, scope: RequestScope): Promise<void> {
  const query = new URLSearchParams([...scope.request.query]).toString()
  const next = query === '' ? scope.request.path : `${scope.request.path}?${query}`
  return redirectTo(response, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`)
}

function redirectTo(response: ServerResponse, location: string): Promise<void> {
  return writeAnswer(response, { kind: 'empty', status: 302, headers: { location, 'cache-control': 'no-store' } })
}

async function writeWaiting(response: ServerResponse, error: GatehouseError, pages: ErrorPages): Promise<void> {
  const page =
    (await pages.waiting()) ??
    Buffer.from(`<!doctype html><meta http-equiv="refresh" content="3"><title>Waiting</title><p>${error.message}</p>`)
  await writeAnswer(response, {
    kind: 'bytes',
    status: 503,
    body: page,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '3',
      [errorCodeHeader]: error.code,
    },
  })
}

/** The socket twin: a refused upgrade gets a whole HTTP answer, then the end. */
export function writeUpgradeError(socket: Duplex, message: IncomingMessage, thrown: unknown): void {
  const error = asGatehouseError(thrown)
  const status = error.code === 'not_found' ? 404 : error.status
  const body = JSON.stringify({
    error: { type: error.code, message: `${error.message} ${errorCodes[error.code].cure}` },
  })
  const head = [
    `HTTP/1.1 ${status} ${reasonPhrases[status] ?? 'Refused'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${errorCodeHeader}: ${error.code}`,
    ...(status === 401 ? [`WWW-Authenticate: ${error.headers['www-authenticate'] ?? 'Bearer realm="Gatehouse"'}`] : []),
    'Connection: close',
  ]
  message.resume()
  socket.on('error', () => socket.destroy())
  // An upgraded socket is out of reach of every time limit: a client that never ends its side would keep it for ever.
  socket.once('finish', () => setTimeout(() => socket.destroy(), lingerMs).unref())
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** For the client to read the refusal: destroyed at once, unread input would reset the connection. */
const lingerMs = 1_000

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
