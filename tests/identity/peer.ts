/** How does somebody ask from an address of their own? Every address of 127/8 is this machine's, and another peer to the sidecar. */
import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import { parseRecord } from '../support/person.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

export interface Asked {
  readonly method?: string
  /** Names and values in turn, sent as they are. */
  readonly headers?: readonly string[]
  readonly body?: unknown
}

export interface Peer {
  ask(path: string, asked?: Asked): Promise<Reply>
  /** The socket once it is open, or the status that refused it. */
  opens(headers?: Readonly<Record<string, string>>, path?: string): Promise<WebSocket | number>
}

export const api = '/gatehouse/api/v1'

export function peerAt(localAddress: string, site: { readonly address: string }): Peer {
  const { hostname, port, host } = new URL(site.address)
  return {
    ask: (path, { method = 'GET', headers = [], body } = {}) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const named = headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
      const sent = [
        ...(named ? [] : ['Host', host]),
        ...['Connection', 'close'],
        ...(text === undefined
          ? []
          : ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(text))]),
        ...headers,
      ]
      return new Promise((resolve, reject) => {
        const options = { hostname, port, method, path, localAddress, agent: false, setDefaultHeaders: false } as const
        const asking = request({ ...options, headers: sent }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          )
        })
        asking.on('error', reject)
        asking.end(text)
      })
    },
    opens: async (headers = {}, path = '/ws') => {
      const socket = new WebSocket(`ws://${host}${path}`, { headers, localAddress })
      socket.on('error', () => undefined)
      const refused = once(socket, 'unexpected-response').then(([, answer]) => Number(answer.statusCode))
      return Promise.race([once(socket, 'open').then(() => socket), refused])
    },
  }
}

/** One member of a JSON answer. */
export function memberOf(reply: Reply, name: string): unknown {
  return parseRecord(JSON.parse(reply.text))[name]
}

/** The code of a refusal, in the shape of ComfyUI and of the own API alike. */
export function codeOf(reply: Reply): unknown {
  return parseRecord(memberOf(reply, 'error')).type
}
