/** What can other scripts of the page ask of us? The frozen `window.gatehouse`. */
import { apiBase } from '@gatehouse/shared/own-api-contract'
import { queueEvent } from '@gatehouse/shared/page-binding'
import { parseFields } from '@gatehouse/shared/parse-fields'
import { parseNext } from '@gatehouse/shared/parse-next'
import type { Credentials } from './credentials.ts'
import { bindingHeaders } from './own-headers.ts'

export type QueueListener = (position: unknown) => void

export interface PageApi {
  readonly user: string
  readonly page: string
  /** Signs out, clears what the person left in the browser and goes to the login page. */
  logout(): Promise<void>
  /** Calls back with the data of every `gatehouse_queue` event; returns what ends that. */
  onQueue(listener: QueueListener): () => void
}

interface Parts {
  readonly nativeFetch: typeof fetch
  readonly credentials: Credentials
  /** Forgets the person and leaves for `target`, without the page's own question about unsaved work. */
  readonly depart: (target: string) => void
}

/** The API, and the ear that hears the text frames of the page's sockets. */
export function createPageApi(parts: Parts): { readonly api: PageApi; readonly hear: (text: string) => void } {
  const { credentials } = parts
  const listeners = new Set<QueueListener>()
  const api: PageApi = Object.freeze({
    user: credentials.user,
    page: credentials.page,
    logout: async () => {
      const headers = Object.fromEntries(bindingHeaders('POST', credentials))
      const response = await parts.nativeFetch(`${apiBase}/logout`, { method: 'POST', headers })
      // 401 and 409: this page's session is over already, whoever ended it.
      if (!response.ok && response.status !== 401 && response.status !== 409) {
        throw new Error(`Signing out failed with status ${response.status}.`)
      }
      parts.depart((await nextOf(response)) ?? '/login')
    },
    onQueue: (listener: QueueListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
  const hear = (text: string) => {
    if (listeners.size === 0 || text.length > 2_000 || !text.includes(queueEvent)) return
    const { type, data } = parseFrame(text)
    if (type === queueEvent) for (const listener of listeners) listener(data)
  }
  return { api, hear }
}

async function nextOf(response: Response): Promise<string | undefined> {
  return response.status === 200 ? parseNext(await response.json()) : undefined
}

function parseFrame(text: string): Readonly<Record<string, unknown>> {
  try {
    return parseFields(JSON.parse(text))
  } catch {
    return {} // a text frame of another kind
  }
}
