/** How do the own pages ask `/gatehouse/api/v1`? One call, whose answer is a value or a sentence. */
import { apiBase, type Me } from '@gatehouse/shared/own-api-contract'
import { csrfHeader } from '@gatehouse/shared/page-binding'
import { parseFields } from '@gatehouse/shared/parse-fields'
import { parseMe } from '@gatehouse/shared/parse-me'

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly status: number
      readonly message: string
      /** As the contract names it; empty where something else answered. */
      readonly code: string
      /** With `second_factor_needed`: the kinds that would do. */
      readonly factors: readonly string[]
    }

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface OwnApi {
  call(method: Method, route: string, body?: object): Promise<Outcome>
  /** Who is signed in; undefined when nobody is. Remembers the session's CSRF token for the calls after it. */
  findMe(): Promise<Me | undefined>
  /** The person an answer of login or set-up names. */
  acceptMe(value: unknown): Me | undefined
}

const unreachable = 'Gatehouse cannot be reached. Check the connection and try again.'

export function createOwnApi(fetcher: typeof fetch): OwnApi {
  let csrf: string | undefined
  const acceptMe = (value: unknown) => {
    const me = parseMe(value)
    csrf = me?.csrf
    return me
  }
  const call = async (method: Method, route: string, body?: object): Promise<Outcome> => {
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    if (method !== 'GET' && csrf !== undefined) headers[csrfHeader] = csrf
    try {
      const init: RequestInit = { method, headers, cache: 'no-store' }
      const response = await fetcher(
        apiBase + route,
        body === undefined ? init : { ...init, body: JSON.stringify(body) },
      )
      const text = await response.text()
      if (response.ok) return { ok: true, value: parseJson(text) }
      const refusal = parseJson(text)
      return {
        ok: false,
        status: response.status,
        message: parseMessage(refusal, response.status),
        ...parseRefusal(parseFields(refusal).error),
      }
    } catch {
      return { ok: false, status: 0, message: unreachable, code: '', factors: [] }
    }
  }
  return {
    call,
    acceptMe,
    findMe: async () => {
      const outcome = await call('GET', '/me')
      return outcome.ok ? acceptMe(outcome.value) : undefined
    },
  }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined // a proxy in between answered with a page of its own
  }
}

function parseMessage(body: unknown, status: number): string {
  const { message, details } = parseFields(parseFields(body).error)
  if (typeof message !== 'string') return status >= 500 ? 'The server has a problem. Try again later.' : unreachable
  return typeof details === 'string' && details !== '' ? `${message} ${details}` : message
}

function parseRefusal(error: unknown): { readonly code: string; readonly factors: readonly string[] } {
  const { type, factors } = parseFields(error)
  return {
    code: typeof type === 'string' ? type : '',
    factors: Array.isArray(factors) ? factors.filter((kind) => typeof kind === 'string') : [],
  }
}
