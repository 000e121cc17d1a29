/** What does a gateway look like that signs what it says of people? It asks a cookie of its own who is there, and adds its assertion. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as requestTo, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { issue } from '../../sidecar/src/identity/jwt/forge.ts'

export interface SigningGateway extends AsyncDisposable {
  /** Where people ask; undefined upstreams answer 502. */
  readonly address: string
  readonly jwksUrl: string
  readonly publicKey: KeyObject
  /** What it signs of somebody; `more` beats every claim. */
  assertion(person: string, more?: Readonly<Record<string, unknown>>): Promise<string>
  /** Passes requests on to there. */
  serves(upstream: string): void
}

export interface SigningGatewayOptions {
  readonly header: string
  /** RS256, or else ES256. */
  readonly algorithm: string
  readonly claims: (person: string) => Readonly<Record<string, unknown>>
}

const jwksPath = '/.well-known/gateway/jwks.json'

export async function startSigningGateway(options: SigningGatewayOptions): Promise<SigningGateway> {
  const { algorithm, claims } = options
  const keys =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const assertion = (person: string, more = {}): Promise<string> => {
    const now = Math.floor(Date.now() / 1_000)
    const payload = { ...claims(person), iat: now, exp: now + 300, ...more }
    return issue(payload, { alg: algorithm, kid: 'gateway', typ: 'JWT' }, keys.privateKey)
  }
  const open = new Set<Socket>()
  let upstream = 'http://127.0.0.1:1'
  const server = createServer()
  pass(server, { options, assertion, upstream: () => new URL(upstream), open })
  server.prependListener('request', (request, response) => {
    if (request.url !== jwksPath) return
    const set = [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'gateway', use: 'sig', alg: algorithm }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: set }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const address = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`
  return {
    address,
    jwksUrl: `${address}${jwksPath}`,
    publicKey: keys.publicKey,
    assertion,
    serves: (url) => {
      upstream = url
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Passing {
  readonly options: SigningGatewayOptions
  readonly assertion: (person: string) => Promise<string>
  readonly upstream: () => URL
  readonly open: Set<Socket>
}

function pass(server: Server, { options, assertion, upstream, open }: Passing): void {
  /** Undefined for a stranger. What a client sent under the name of the header is gone. */
  const signed = async (raw: readonly string[]): Promise<string[] | undefined> => {
    const person = /sso=([\w.@-]+)/.exec(raw.join('\n'))?.[1]
    if (person === undefined) return undefined
    const kept = raw.filter((_, index) => raw[index - (index % 2)]?.toLowerCase() !== options.header.toLowerCase())
    return [...kept, options.header, await assertion(person)]
  }
  server.on('request', async (request, response) => {
    if (request.url === jwksPath) return
    const headers = await signed(request.rawHeaders)
    if (headers === undefined) return void response.writeHead(302, { location: '/sso' }).end()
    const { hostname, port } = upstream()
    const { method, url: path } = request
    // Only what was sent: a frame for a body that is none would make it one.
    const asked = { hostname, port, method, path, headers, setHost: false, setDefaultHeaders: false, agent: false }
    const passed = requestTo(asked, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  })
  server.on('upgrade', async (request, socket: Socket, head: Buffer) => {
    const headers = await signed(request.rawHeaders)
    if (headers === undefined)
      return void socket.end('HTTP/1.1 302 Found\r\nLocation: /sso\r\nConnection: close\r\n\r\n')
    const { hostname, port } = upstream()
    const behind = connect(Number(port), hostname)
    for (const one of [socket, behind]) {
      open.add(one)
      one.on('error', () => undefined)
      one.once('close', () => open.delete(one))
    }
    const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []))
    behind.write([`GET ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1')
    behind.write(head)
    behind.pipe(socket)
    socket.pipe(behind)
  })
}
