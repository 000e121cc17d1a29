/** How is a small public document of an issuer fetched? From the configured address and no other, in little time and space. */
import { Agent, request } from 'undici'

export interface DocumentFetcher {
  /** @throws when there is no JSON answer with status 200 within the bounds; it names no content */
  fetchDocument(url: string): Promise<unknown>
  close(): void
}

const timeoutMs = 5_000
/** A key set of a large issuer has some ten kilobytes. */
const maxBytes = 512 * 1024

/** A redirect is an answer like any other that is not 200: whoever answers does not choose where we ask next. */
export function createDocumentFetcher(): DocumentFetcher {
  const dispatcher = new Agent({ connect: { timeout: timeoutMs }, maxResponseSize: maxBytes, connections: 2 })
  return {
    fetchDocument: async (url) => {
      const { statusCode, body } = await request(url, {
        dispatcher,
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (statusCode !== 200) {
        body.on('error', () => undefined).destroy()
        throw new Error(`the issuer answered with status ${statusCode}`)
      }
      return body.json()
    },
    close: () => void dispatcher.destroy(),
  }
}
