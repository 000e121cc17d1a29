/** Who is signed in now? Calls to the own API that are never held and never bound to the page. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import { parseFields } from '@gatehouse/shared/parse-fields'

export interface SignedIn {
  readonly page: string
  readonly user: string
  readonly csrf: string | undefined
}
export type Presence = SignedIn | 'nobody' | 'unreachable'
/** A person, or the sentence that says why not. */
export type LoginOutcome = SignedIn | string

export interface Door {
  whoAmI(): Promise<Presence>
  logIn(username: string, password: string, remember: boolean): Promise<LoginOutcome>
}

const unreachable = 'Gatehouse cannot be reached. Nothing is lost; try again in a moment.'

export function createDoor(nativeFetch: typeof fetch): Door {
  return {
    whoAmI: async () => {
      try {
        const response = await nativeFetch(`${apiBase}/me`, { cache: 'no-store' })
        if (response.status === 401) return 'nobody'
        return response.ok ? (parseSignedIn(await response.json()) ?? 'unreachable') : 'unreachable'
      } catch {
        return 'unreachable' // a lost connection and a body that is no JSON mean the same to the page
      }
    },
    logIn: async (username, password, remember) => {
      try {
        const response = await nativeFetch(`${apiBase}/login`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ username, password, remember }),
        })
        const body: unknown = await response.json()
        if (response.ok) return parseSignedIn(body) ?? unreachable
        return parseMessage(body) ?? unreachable
      } catch {
        return unreachable
      }
    },
  }
}

function parseSignedIn(body: unknown): SignedIn | undefined {
  const { page, user, csrf } = parseFields(body)
  if (typeof page !== 'string' || typeof user !== 'string') return undefined
  return { page, user, csrf: typeof csrf === 'string' ? csrf : undefined }
}

function parseMessage(body: unknown): string | undefined {
  const { message } = parseFields(parseFields(body).error)
  return typeof message === 'string' ? message : undefined
}
