/** What does a token issuer look like from here? Keys on an address, tokens signed with them, and ways to be down. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { issue } from '../../sidecar/src/identity/jwt/forge.ts'

export interface TokenIssuer extends AsyncDisposable {
  readonly url: string
  readonly jwksUrl: string
  /** How often its keys were asked for. */
  fetches(): number
  /** What else was asked of it. */
  otherPaths(): readonly string[]
  /** Publishes these keys and no others. */
  publish(...ids: readonly string[]): void
  /** Answers its keys with something else; undefined: with its keys again. */
  answersWith(answer: OddAnswer | undefined): void
  /** A token of `subject`, good for an hour. */
  token(
    subject: string,
    more?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, string>>,
  ): Promise<string>
  publicKey(id: string): KeyObject
}

export interface OddAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export const audience = 'comfyui'

/** With one published key, `one`. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const keys = new Map<string, ReturnType<typeof newKey>>()
  const keyOf = (id: string) => {
    const known = keys.get(id) ?? newKey()
    keys.set(id, known)
    return known
  }
  let published: readonly string[] = ['one']
  let odd: OddAnswer | undefined
  let fetches = 0
  const otherPaths: string[] = []
  const server = createServer((request, response) => {
    if (request.url === '/jwks') fetches += 1
    else otherPaths.push(request.url ?? '')
    if (odd !== undefined) return response.writeHead(odd.status, { ...odd.headers }).end(odd.body)
    const set = published.map((kid) => ({ ...keyOf(kid).publicKey.export({ format: 'jwk' }), kid, use: 'sig' }))
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: set }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return {
    url,
    jwksUrl: `${url}/jwks`,
    fetches: () => fetches,
    otherPaths: () => otherPaths,
    publish: (...ids) => {
      published = ids
    },
    answersWith: (answer) => {
      odd = answer
    },
    publicKey: (id) => keyOf(id).publicKey,
    token: (subject, more = {}, header = {}) => {
      const { kid = 'one' } = header
      const nowSeconds = Math.floor(Date.now() / 1_000)
      const claims = { iss: url, aud: audience, sub: subject, iat: nowSeconds, exp: nowSeconds + 3_600, ...more }
      return issue(claims, { alg: 'RS256', ...header, kid }, keyOf(kid).privateKey)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function newKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}
