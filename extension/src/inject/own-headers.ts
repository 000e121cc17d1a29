/** Which headers does a request to the own origin carry besides the caller's? */
import { csrfHeader, idempotencyHeader, pageHeader } from '@gatehouse/shared/page-binding'
import type { Credentials } from './credentials.ts'

export type HeaderPair = readonly [name: string, value: string]

/** Headers that bind a request to the page; asked for anew at every attempt, because a login changes the token. */
export function bindingHeaders(method: string, credentials: Credentials): readonly HeaderPair[] {
  const page: HeaderPair = [pageHeader, credentials.page]
  if (/^(?:GET|HEAD|OPTIONS)$/i.test(method) || credentials.csrf() === '') return [page]
  return [page, [csrfHeader, credentials.csrf()]]
}

/** Headers that stay the same over all attempts of one request. */
export function lastingHeaders(method: string, url: URL): readonly HeaderPair[] {
  // Chromium re-sends a POST by itself when a reused connection closes unanswered: one key, one job.
  return /^POST$/i.test(method) && url.pathname.endsWith('/prompt') ? [[idempotencyHeader, randomId()]] : []
}

/** 128 random bits in hex; `crypto.randomUUID` does not exist on plain-http addresses. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
