/** How is one ComfyUI reached? A pool for requests, an agent for uploads, a socket for events: one connector for all. */
import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Pool } from 'undici'
import WebSocket from 'ws'
import { createProvenConnector } from './prove-upstream.ts'
import { type IdentityHeader, upstreamHeaders } from './upstream-headers.ts'

export interface UpstreamOptions {
  readonly name: string
  readonly url: URL
  readonly guardSecret: string | undefined
  /** False only where the operator switched the proof off: the secret is then sent to whatever answers. */
  readonly mustProve: boolean
  /** PEM of a private certificate authority, for https upstreams. */
  readonly tlsCa: string | undefined
  /** Milliseconds after which a socket that does nothing is given up: a free one, and one whose handshake is not answered. */
  readonly silenceMs?: number
}

export interface Upstream {
  readonly name: string
  readonly url: URL
  /** Whether the companion pack, or who else knows the secret, is in front of it. */
  readonly isGuarded: boolean
  readonly pool: Pool
  readonly agent: HttpAgent
  /** Every header of a request; `named` are those a row added, `identity` says on whose behalf. */
  headers(named: Readonly<Record<string, string>>, identity?: IdentityHeader): Record<string, string>
  connectSocket(clientId: string): WebSocket
  close(): Promise<void>
}

/** aiohttp may drop an idle connection at any time: free sockets are given up first. */
const defaultSilenceMs = 10_000
const connectTimeoutMs = 5_000
/** ComfyUI walks directories and re-encodes images synchronously before the first byte. */
const headersTimeoutMs = 300_000
/** A `PreviewAny` of 12 MB is one frame; ComfyUI sets no bound. */
const maxFrameBytes = 256 * 1024 * 1024

/** Builds the pool, agent and socket opener for one ComfyUI. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { url, silenceMs = defaultSilenceMs } = options
  const connector = createProvenConnector({
    origin: url,
    secret: () => (options.mustProve ? options.guardSecret : undefined),
    ...(options.tlsCa === undefined ? {} : { tls: { ca: options.tlsCa } }),
    connectTimeoutMs,
  })
  const pool = new Pool(url.origin, {
    connect: connector.undici,
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: silenceMs,
    keepAliveMaxTimeout: silenceMs,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: headersTimeoutMs,
  })
  const agent = createAgent(url, connector.createConnection, silenceMs)
  const headers: Upstream['headers'] = (named, identity) =>
    upstreamHeaders({ host: url.host, guardSecret: options.guardSecret, named, identity })
  return {
    name: options.name,
    url,
    isGuarded: options.guardSecret !== undefined,
    pool,
    agent,
    headers,
    connectSocket: (clientId) => openSocket({ url, clientId, agent, headers: headers({}), silenceMs }),
    close: async () => {
      agent.destroy()
      await pool.destroy()
    },
  }
}

type CreateConnection = (
  options: ClientRequestArgs,
  callback: (error: Error | null, socket: Duplex) => void,
) => Duplex | null | undefined

function createAgent(url: URL, createConnection: CreateConnection, silenceMs: number): HttpAgent {
  const settings = { keepAlive: true, scheduling: 'lifo', timeout: silenceMs, maxFreeSockets: 16 } as const
  const agent = url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings)
  const connect: CreateConnection = (options, callback) =>
    createConnection(options, (error, socket) => {
      // As node:net does with the same option: a request that waits as long as its agent relies on it (node:_http_client).
      if (error === null && socket instanceof Socket) socket.setTimeout(options.timeout ?? 0)
      callback(error, socket)
    })
  return Object.assign(agent, { createConnection: connect })
}

interface SocketInput {
  readonly url: URL
  readonly clientId: string
  readonly agent: HttpAgent
  readonly headers: Readonly<Record<string, string>>
  readonly silenceMs: number
}

function openSocket({ url, clientId, agent, headers, silenceMs }: SocketInput): WebSocket {
  const target = new URL('/ws', url)
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  target.searchParams.set('clientId', clientId)
  const { 'accept-encoding': _, ...own } = headers
  return new WebSocket(target, {
    agent,
    headers: own,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    handshakeTimeout: silenceMs,
  })
}
