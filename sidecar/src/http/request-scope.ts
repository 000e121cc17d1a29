/** What is known about one request? A record that the steps of the story fill in order. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { pageQueryKey } from '@gatehouse/shared/page-binding'
import type { Identity, Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import { type ClientCertificate, type CredentialInput, credentialQueryKeys } from '../identity/credentials.ts'
import { type CanonicalRequest, type Method, methods } from '../policy/canonical-request.ts'
import { peerCertificate } from '../tls/peer-certificate.ts'
import { type CanonicalTarget, canonicalTarget } from './canonical-path.ts'
import type { ClientAddressOf } from './client-address.ts'
import { readHeaders, selectHeaders } from './request-headers.ts'

export interface RequestScope {
  readonly id: string
  readonly startedAtMs: number
  /** Who sent it, behind whatever trusted proxies handed it on: the one address that lists, limits and records go by. */
  readonly clientAddress: string
  /** Who holds the connection. */
  readonly peerAddress: string
  readonly clientCertificate: ClientCertificate | undefined
  readonly isUpgrade: boolean
  /** A page the person typed, clicked or reloaded: the only kind of request that is ever redirected. */
  readonly isNavigation: boolean
  readonly headers: ReadonlyMap<string, string>
  readonly rawHeaders: readonly string[]
  readonly request: CanonicalRequest
  /** Query values that are credentials or bindings; they never reach a row, a log or ComfyUI. */
  readonly queryCredentials: ReadonlyMap<string, string>
  readonly pageReference: string | undefined
  /** Set by the story. */
  identity: Identity | undefined
  principal: Principal | undefined
  /** Key of the row that fitted, for the log. */
  route: string | undefined
  /** Reason of the decision, for the log. */
  reason: string | undefined
}

/** Reads method, target and headers. @throws bad_target, bad_request, not_found */
export function openScope(
  message: IncomingMessage,
  isUpgrade: boolean,
  nowMs: number,
  clientAddressOf: ClientAddressOf,
): RequestScope {
  const method = parseMethod(message.method ?? '')
  const headers = readHeaders(message.rawHeaders)
  const target = canonicalTarget(message.url ?? '')
  const { query, removed } = withoutPrivateKeys(target)
  const peerAddress = message.socket.remoteAddress ?? ''
  return {
    id: randomUUID(),
    startedAtMs: nowMs,
    clientAddress: clientAddressOf(peerAddress, headers),
    peerAddress,
    clientCertificate: peerCertificate(message.socket),
    isUpgrade,
    isNavigation: !isUpgrade && isNavigation(method, headers),
    headers,
    rawHeaders: message.rawHeaders,
    request: {
      method,
      segments: target.segments,
      underApi: target.underApi,
      path: target.path,
      query,
      headers: selectHeaders(headers),
    },
    queryCredentials: new Map(credentialQueryKeys.flatMap((key) => pick(removed, key))),
    pageReference: headers.get('x-gatehouse-page') ?? removed.get(pageQueryKey),
    identity: undefined,
    principal: undefined,
    route: undefined,
    reason: undefined,
  }
}

/** What of a request may prove somebody. */
export function credentialInputOf(scope: RequestScope): CredentialInput {
  return {
    rawHeaders: scope.rawHeaders,
    query: scope.queryCredentials,
    parameters: scope.request.query,
    isNavigation: scope.isNavigation,
    isUpgrade: scope.isUpgrade,
    method: scope.request.method,
    path: `${scope.request.underApi ? '/api' : ''}${scope.request.path}`,
    clientAddress: scope.clientAddress,
    peerAddress: scope.peerAddress,
    clientCertificate: scope.clientCertificate,
  }
}

function parseMethod(name: string): Method {
  const method = methods.find((known) => known === name)
  if (method === undefined) throw new GatehouseError('bad_request', { message: 'That method is not served.' })
  return method
}

function withoutPrivateKeys(target: CanonicalTarget): {
  query: ReadonlyMap<string, string>
  removed: ReadonlyMap<string, string>
} {
  const isPrivate = (key: string): boolean => key === pageQueryKey || credentialQueryKeys.includes(key)
  const entries = [...target.query]
  return {
    query: new Map(entries.filter(([key]) => !isPrivate(key))),
    removed: new Map(entries.filter(([key]) => isPrivate(key))),
  }
}

function pick(map: ReadonlyMap<string, string>, key: string): [string, string][] {
  const value = map.get(key)
  return value === undefined ? [] : [[key, value]]
}

/** `Sec-Fetch-Mode` where the browser sends it; on plain-http LAN addresses only `Accept` tells. */
function isNavigation(method: Method, headers: ReadonlyMap<string, string>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  const mode = headers.get('sec-fetch-mode')
  return mode === undefined ? (headers.get('accept') ?? '').includes('text/html') : mode === 'navigate'
}
