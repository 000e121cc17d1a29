/** How does the own API refuse? One handler that turns whatever was thrown into the contract's error body. */
import { errorCodes } from '@gatehouse/shared/error-codes'
import type { ApiError } from '@gatehouse/shared/own-api-contract'
import { errorCodeHeader, pageHeader } from '@gatehouse/shared/page-binding'
import type { ErrorRequestHandler, Request } from 'express'
import { GatehouseError } from '../gatehouse-error.ts'
import { lingerOver } from '../http/linger.ts'
import { note } from './audited.ts'
import { callerOf } from './caller.ts'
import type { OwnApiContext } from './context.ts'

export function createErrorHandler(context: OwnApiContext): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    const requestId = context.requestId(request)
    const error = asOwnError(thrown)
    context.requestFailed(requestId, error)
    noteForbidden(context, request, error)
    // express-session would save it at the end of this answer, and cut the answer off where the store cannot.
    Reflect.deleteProperty(request, 'session')
    if (response.headersSent) {
      response.destroy()
      return
    }
    const body: ApiError = {
      error: {
        ...{ type: error.code, message: error.message, details: errorCodes[error.code].cure, requestId },
        ...(error.factors === undefined ? {} : { factors: error.factors }),
      },
    }
    response.status(error.status).set({ 'Cache-Control': 'no-store', [errorCodeHeader]: error.code })
    if (error.status === 401) response.set('WWW-Authenticate', challengeFor(request))
    if (!request.complete) lingerOver(request)
    response.set(error.headers).json(body)
  }
}

/** Somebody who is signed in tried what is not theirs to do. */
function noteForbidden(context: OwnApiContext, request: Request, error: GatehouseError): void {
  const caller = callerOf(request)
  if (error.code !== 'forbidden' || caller === undefined) return
  note(context, request, caller, { kind: 'access.refused', target: `${request.method} ${request.path}` })
}

/** A Basic challenge would make a browser ask for the password in a window of its own. */
function challengeFor(request: Request): string {
  const isBrowser =
    request.get('sec-fetch-mode') !== undefined ||
    request.get('sec-fetch-site') !== undefined ||
    request.get(pageHeader) !== undefined ||
    (request.get('user-agent') ?? '').startsWith('Mozilla/')
  return isBrowser ? 'Bearer realm="Gatehouse"' : 'Bearer realm="Gatehouse", Basic realm="Gatehouse", charset="UTF-8"'
}

function asOwnError(thrown: unknown): GatehouseError {
  if (thrown instanceof GatehouseError) return thrown
  return new GatehouseError(bodyErrors[bodyErrorType(thrown)] ?? 'internal', { cause: thrown })
}

/** Errors of the package body-parser, by the `type` it documents. */
const bodyErrors: Readonly<Record<string, GatehouseError['code']>> = {
  'entity.too.large': 'body_too_large',
  'entity.parse.failed': 'bad_json',
  'encoding.unsupported': 'unsupported_encoding',
  'charset.unsupported': 'unsupported_encoding',
  'request.aborted': 'bad_request',
  'request.size.invalid': 'bad_request',
}

function bodyErrorType(thrown: unknown): string {
  const type = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'type') : undefined
  // Express throws this for a path that is no valid percent-encoding.
  if (thrown instanceof URIError) return 'request.aborted'
  return typeof type === 'string' ? type : ''
}
