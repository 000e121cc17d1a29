/** What listens, and in which order is a request handled? One server, two lanes, one story. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ListenAddress } from './config/config.ts'
import { hurry } from './http/hurry.ts'
import { createRedirectServer } from './http/redirect-server.ts'
import type { RequestScope } from './http/request-scope.ts'
import type { Lane } from './lane.ts'
import { peerCertificate } from './tls/peer-certificate.ts'
import type { TlsMaterial } from './tls/tls-material.ts'

export interface AppOptions {
  readonly lane: Lane
  /** Express: own pages and API. */
  readonly ownPages: (message: IncomingMessage, response: ServerResponse, scope: RequestScope) => void
  readonly maxConnections: number
  readonly tls: TlsMaterial | undefined
  readonly onError: (error: unknown) => void
  /** How long the small body of an own page or API call may take: anybody may send one, signed in or not. */
  readonly ownBodyMs?: number
}

export interface App {
  /** The addresses it really listens on. @throws the plain sentence of a taken port */
  listen(addresses: readonly ListenAddress[]): Promise<readonly ListenAddress[]>
  /** Answers these addresses in clear with `origin`, where the same is served over https. */
  redirect(addresses: readonly ListenAddress[], origin: () => string): Promise<readonly ListenAddress[]>
  /** Speaks with a renewed certificate from now on; connections that showed one of their own have to show it again. */
  renewTls(material: TlsMaterial, clientsChanged: boolean): void
  /** At most so many open connections from now on. */
  limitConnections(count: number): void
  /** Stops listening, lets answers finish for a moment, then cuts what is left. */
  close(): Promise<void>
}

/** A slow writer of headers or of a body must not hold a connection for ever. */
const limits = {
  headersTimeout: 20_000,
  requestTimeout: 15 * 60_000,
  keepAliveTimeout: 65_000,
  // A token with many groups takes 16 kB, and comes with other headers.
  maxHeaderSize: 32 * 1024,
  connectionsCheckingInterval: 5_000,
  // Clients that offer HTTP/2 over cleartext, as Java's, are answered in HTTP/1.1 as if they had not.
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
} as const
const lingerMs = 2_000

/** A listener with every bound set, and nobody listening to it yet. */
export function createListener({ tls, maxConnections }: Pick<AppOptions, 'tls' | 'maxConnections'>): Server {
  const server = tls === undefined ? createHttpServer(limits) : createHttpsServer({ ...limits, ...tls })
  // Node would drop what is beyond its count without a word: `readHeaders` counts, and refuses.
  server.maxHeadersCount = 0
  server.maxConnections = maxConnections
  server.on('clientError', answerBadly)
  return server
}

export function createApp(options: AppOptions): App {
  const servers: Server[] = []
  /** Node forgets the sockets of upgrades, and waits for them all the same. */
  const upgraded = new Set<Duplex>()
  const open = new Set<Socket>()
  const onRequest = (message: IncomingMessage, response: ServerResponse): void => {
    options.lane
      .request(message, response, (scope) => {
        hurry(message, options.ownBodyMs ?? limits.headersTimeout)
        options.ownPages(message, response, scope)
      })
      .catch((error: unknown) => {
        options.onError(error)
        response.destroy()
      })
  }
  const onUpgrade = (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Between the upgrade and the hub nobody else listens for a reset.
    const early = (): void => {
      socket.destroy()
    }
    socket.on('error', early)
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    options.lane.upgrade(message, socket, head).catch((error: unknown) => {
      options.onError(error)
      socket.destroy()
    })
  }
  return {
    listen: async (addresses) => {
      const bound: ListenAddress[] = []
      try {
        for (const address of addresses) {
          const server = createListener(options)
          server.on('request', onRequest)
          server.on('upgrade', onUpgrade)
          server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
            open.add(socket)
            socket.once('close', () => open.delete(socket))
          })
          servers.push(server)
          bound.push(await bind(server, address, bothFamilies(addresses, address)))
        }
      } catch (error) {
        await Promise.all(servers.map((server) => closeServer(server, upgraded)))
        throw error
      }
      return bound
    },
    redirect: async (addresses, origin) => {
      const bound: ListenAddress[] = []
      for (const address of addresses) {
        const server = createRedirectServer(origin)
        servers.push(server)
        bound.push(await bind(server, address, bothFamilies(addresses, address)))
      }
      return bound
    },
    renewTls: (material, clientsChanged) => {
      for (const server of servers) if (server instanceof HttpsServer) server.setSecureContext(material)
      if (!clientsChanged) return
      for (const socket of open) if (peerCertificate(socket) !== undefined) socket.destroy()
    },
    limitConnections: (count) => {
      for (const server of servers) server.maxConnections = count
    },
    close: async () => {
      await Promise.all(servers.map((server) => closeServer(server, upgraded)))
    },
  }
}

/** `::` takes IPv4 along, and would find `0.0.0.0` of the same port taken: then each keeps to its own family. */
function bothFamilies(addresses: readonly ListenAddress[], { host, port }: ListenAddress): boolean {
  return host === '::' && !addresses.some((other) => other.host === '0.0.0.0' && other.port === port)
}

function bind(server: Server, { host, port }: ListenAddress, dualStack: boolean): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(explainBind(error, host, port), { cause: error })),
    )
    server.listen({ host, port, ipv6Only: !dualStack }, () => {
      const address = server.address()
      resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

function explainBind(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program. Stop it, or choose another with --listen ${host}:${port + 1}.`
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this account. Choose one above 1023 with --listen.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine. Correct --listen or server.listen.`
    default:
      return `Cannot listen on ${host}:${port}: ${error.message}`
  }
}

/** What Node's parser refuses (smuggling, broken heads) gets a bare 400 and the end of the connection. */
function answerBadly(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

function closeServer(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
    }, lingerMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
