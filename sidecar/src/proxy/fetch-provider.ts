/** How is a sign-in provider asked? One bounded request to one address, and its whole answer. */
import { Agent, request } from 'undici'

export interface ProviderRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: Uint8Array | string | undefined
}

/** @throws when there is no whole answer within the bounds; it names no content */
export type ProviderFetch = (url: string, asked: ProviderRequest) => Promise<Response>

export interface ProviderFetcher {
  readonly fetchProvider: ProviderFetch
  close(): void
}

const timeoutMs = 5_000
/** Key sets and documents of large issuers have some ten kilobytes. */
const maxBytes = 512 * 1024

/** A redirect is an answer like any other: whoever answers does not choose where we ask next. */
export function createProviderFetcher(): ProviderFetcher {
  const dispatcher = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: maxBytes, connections: 4 })
  return {
    fetchProvider: async (url, { method, headers, body = null }) => {
      const answer = await request(url, {
        ...{ dispatcher, body, headers: { ...headers, 'accept-encoding': 'identity' } },
        method: parseMethod(method),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const bytes = await answer.body.arrayBuffer()
      const isWithoutBody = [204, 205, 304].includes(answer.statusCode)
      return new Response(isWithoutBody ? null : bytes, {
        status: answer.statusCode,
        headers: Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
          value === undefined ? [] : [[name, [value].flat().join(', ')]],
        ),
      })
    },
    close: () => void dispatcher.destroy(),
  }
}

function parseMethod(method: string): 'GET' | 'POST' {
  if (method !== 'GET' && method !== 'POST') throw new Error(`a provider is not asked with ${method}`)
  return method
}
