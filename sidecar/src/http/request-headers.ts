/** Which request headers count? Reads raw header pairs once, refusing what two parsers could read differently. */

import { GatehouseError } from '../gatehouse-error.ts'
import type { SelectedHeaders } from '../policy/canonical-request.ts'

/** Headers that may appear once only: a second one is another parser's first one. */
const single = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'origin',
  'range',
  'sec-fetch-site',
  'sec-websocket-key',
  'transfer-encoding',
  'x-api-key',
  'x-gatehouse-csrf',
  'x-gatehouse-page',
])

/** Browsers send about twenty. */
const maxHeaders = 100

/**
 * Lower-case names to values. Names with `_` are dropped: a WSGI-like upstream reads them as `-` (GHSA-vjrc-mh2v-45x6).
 * @throws bad_request for too many headers, and for a repeated one that may appear once only
 */
export function readHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  if (rawHeaders.length > 2 * maxHeaders) throw new GatehouseError('bad_request', { message: 'Too many headers.' })
  const headers = new Map<string, string>()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    if (name.includes('_')) continue
    const earlier = headers.get(name)
    if (earlier !== undefined && single.has(name)) {
      throw new GatehouseError('bad_request', { message: `The header ${name} is repeated.` })
    }
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return headers
}

/** The few headers that rows may see. */
export function selectHeaders(headers: ReadonlyMap<string, string>): SelectedHeaders {
  const length = headers.get('content-length')
  const selected = {
    accept: headers.get('accept'),
    acceptEncoding: headers.get('accept-encoding'),
    contentType: headers.get('content-type'),
    contentLength: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined,
    ifNoneMatch: headers.get('if-none-match'),
    ifModifiedSince: headers.get('if-modified-since'),
    range: headers.get('range'),
    ifRange: headers.get('if-range'),
    idempotencyKey: headers.get('idempotency-key'),
    comfyUsageSource: headers.get('comfy-usage-source'),
    secFetchDest: headers.get('sec-fetch-dest'),
  }
  return parseSelected(selected)
}

/** Drops the undefined members, which `exactOptionalPropertyTypes` keeps apart from absent ones. */
function parseSelected(
  values: { [Key in keyof Required<SelectedHeaders>]: SelectedHeaders[Key] | undefined },
): SelectedHeaders {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as SelectedHeaders
}
