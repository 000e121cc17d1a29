/** How is one ComfyUI reached? A pool for requests, an agent for uploads, a socket for events: one connector for all. */
import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { Pool } from 'undici'
import WebSocket from 'ws'
import { createProvenConnector } from './prove-upstream.ts'
import { upstreamHeaders } from './upstream-headers.ts'

export interface UpstreamOptions {
  readonly name: string
  readonly url: URL
  readonly guardSecret: string | undefined
  /** False only where the operator switched the proof off: the secret is then sent to whatever answers. */
  readonly mustProve: boolean
  /** PEM of a private certificate authority, for https upstreams. */
  readonly tlsCa: string | undefined
}

export interface Upstream {
  readonly name: string
  readonly url: URL
  /** Whether the companion pack, or who else knows the secret, is in front of it. */
  readonly isGuarded: boolean
  readonly pool: Pool
  readonly agent: HttpAgent
  /** Every header of a request; `named` are those a row added. */
  headers(named: Readonly<Record<string, string>>): Record<string, string>
  connectSocket(clientId: string): WebSocket
  close(): Promise<void>
}

/** aiohttp may drop an idle connection at any time: free sockets are given up first. */
const freeSocketTimeoutMs = 10_000
const connectTimeoutMs = 5_000
/** ComfyUI walks directories and re-encodes images synchronously before the first byte. */
const headersTimeoutMs = 300_000
/** A `PreviewAny` of 12 MB is one frame; ComfyUI sets no bound. */
const maxFrameBytes = 256 * 1024 * 1024

/** Builds the pool, agent and socket opener for one ComfyUI. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { url } = options
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
    keepAliveTimeout: freeSocketTimeoutMs,
    keepAliveMaxTimeout: freeSocketTimeoutMs,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: headersTimeoutMs,
  })
  const agent = createAgent(url, connector.createConnection)
  const headers = (named: Readonly<Record<string, string>>) =>
    upstreamHeaders({ host: url.host, guardSecret: options.guardSecret, named, identity: undefined })
  return {
    name: options.name,
    url,
    isGuarded: options.guardSecret !== undefined,
    pool,
    agent,
    headers,
    connectSocket: (clientId) => openSocket({ url, clientId, agent, headers: headers({}) }),
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

function createAgent(url: URL, createConnection: CreateConnection): HttpAgent {
  const settings = { keepAlive: true, scheduling: 'lifo', timeout: freeSocketTimeoutMs, maxFreeSockets: 16 } as const
  const agent = url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings)
  return Object.assign(agent, { createConnection })
}

interface SocketInput {
  readonly url: URL
  readonly clientId: string
  readonly agent: HttpAgent
  readonly headers: Readonly<Record<string, string>>
}

function openSocket({ url, clientId, agent, headers }: SocketInput): WebSocket {
  const target = new URL('/ws', url)
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  target.searchParams.set('clientId', clientId)
  const { 'accept-encoding': _, ...own } = headers
  return new WebSocket(target, {
    agent,
    headers: own,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    handshakeTimeout: 10_000,
  })
}
