/** How does one cell of the matrix ask? Over TLS or in clear, with any headers and certificate, from an address of its own. */
import { readFileSync } from 'node:fs'
import { Agent as ClearAgent, request as requestClear } from 'node:http'
import { Agent, request } from 'node:https'
import { WebSocket } from 'ws'

export interface Door {
  readonly url: string
  /** File of the authority; undefined in clear. */
  readonly ca: string | undefined
}

export type Headers = Readonly<Record<string, string | readonly string[]>>

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Headers
  readonly body?: { readonly type: string; readonly bytes: Buffer }
  readonly isUpgrade?: boolean
  /** Of the client, without its ending. */
  readonly certificate?: string | undefined
  /** Of 127/8; undefined: 127.0.0.1, over connections that are kept. */
  readonly from?: string | undefined
}

export interface Reply {
  /** 101 for a socket that opened. */
  readonly status: number
  readonly text: string
  /** Value of the first cookie that is set. */
  readonly cookie?: string | undefined
}

const kept = new Map<string, Agent | ClearAgent>()

/** Connections that were kept are closed. */
export function closeKept(): void {
  for (const agent of kept.values()) agent.destroy()
  kept.clear()
}

export function ask(door: Door, asked: Asked): Promise<Reply> {
  return asked.isUpgrade === true ? open(door, asked) : send(door, asked)
}

function send(door: Door, { method, path, headers = {}, body, certificate, from }: Asked): Promise<Reply> {
  const { hostname, port } = new URL(door.url)
  const framed = body === undefined ? {} : { 'content-type': body.type, 'content-length': String(body.bytes.length) }
  const options = {
    ...{ host: hostname, port, method, path, headers: mutable({ ...framed, ...headers }) },
    ...(from === undefined ? {} : { localAddress: from }),
    ...tlsOf(door, certificate),
    agent: from === undefined ? agentOf(door, certificate) : false,
  }
  return new Promise((resolve, reject) => {
    const sent = (door.ca === undefined ? requestClear : request)(options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const cookie = /=([^;]*)/.exec(answer.headers['set-cookie']?.[0] ?? '')?.[1]
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), cookie })
      })
    })
    sent.on('error', reject)
    sent.end(body?.bytes)
  })
}

function open(door: Door, { path, headers = {}, certificate, from }: Asked): Promise<Reply> {
  const socket = new WebSocket(`${door.url.replace('http', 'ws')}${path}`, {
    headers: mutable(headers),
    ...(from === undefined ? {} : { localAddress: from }),
    ...tlsOf(door, certificate),
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.terminate()
      resolve({ status: 101, text: '' })
    })
    socket.once('unexpected-response', (sent, answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        sent.destroy()
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    socket.on('error', reject)
  })
}

function agentOf(door: Door, certificate: string | undefined): Agent | ClearAgent {
  const key = `${door.url} ${certificate}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const options = { keepAlive: true, maxSockets: 8 }
  const made = door.ca === undefined ? new ClearAgent(options) : new Agent({ ...options, ...tlsOf(door, certificate) })
  kept.set(key, made)
  return made
}

function tlsOf({ ca }: Door, certificate: string | undefined) {
  if (ca === undefined) return {}
  const pair =
    certificate === undefined ? {} : { cert: fileOf(`${certificate}.crt`), key: fileOf(`${certificate}.key`) }
  return { ca: fileOf(ca), ...pair }
}

const files = new Map<string, Buffer>()

function fileOf(path: string): Buffer {
  const known = files.get(path) ?? readFileSync(path)
  files.set(path, known)
  return known
}

function mutable(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}
