/** How does a browser open a page? With the headers that make it a navigation, which `fetch` may not set. */
import { once } from 'node:events'
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Person } from '../support/person.ts'

export interface Page {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export async function navigate(address: string, person: Person, path = '/'): Promise<Page> {
  const headers = { authorization: `Bearer ${person.key}`, accept: 'text/html', 'sec-fetch-mode': 'navigate' }
  const [message]: IncomingMessage[] = await once(get(`${address}${path}`, { headers }), 'response')
  if (message === undefined) throw new Error('no answer')
  return { status: message.statusCode, headers: message.headers, body: await text(message) }
}
