/** What does the guard of Gatehouse's companion pack demand? The stand-in obeys the same contract. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { type Answer, json, text } from './aiohttp/answer.ts'

export const guardHeader = 'X-Gatehouse-Guard'
const provePath = '/gatehouse/prove'

export interface Guard {
  /** The answer to a stranger, or the proof; undefined lets the request through. */
  readonly check: (
    method: string,
    rawTarget: string,
    header: (name: string) => string | undefined,
  ) => Answer | undefined
}

export function createGuard(secret: string | undefined): Guard {
  if (secret === undefined) return { check: () => undefined }
  return {
    check: (method, rawTarget, header) => {
      const [path, query = ''] = rawTarget.split('?')
      if (method === 'GET' && path === provePath) return prove(secret, new URLSearchParams(query).get('nonce'))
      return isSame(header(guardHeader) ?? '', secret) ? undefined : text(401, '401: Unauthorized')
    },
  }
}

/** Shows knowledge of the secret without giving it away, so that a squatter on the port learns nothing. */
function prove(secret: string, nonce: string | null): Answer {
  if (nonce === null || !/^[0-9a-f]{64}$/.test(nonce)) return text(400, '400: Bad Request')
  return json({ proof: createHmac('sha256', secret).update(`gatehouse-upstream:${nonce}`).digest('hex') })
}

function isSame(given: string, secret: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(given), digest(secret))
}
