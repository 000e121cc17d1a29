/** Is what answers at ComfyUI's address our ComfyUI? Every new connection proves it before it carries anything of ours. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, isIP, Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { GatehouseError } from '../gatehouse-error.ts'
import { parseProof } from './parse-proof.ts'

const provePath = '/gatehouse/prove'
// The guard of the companion pack (extension/pack/gatehouse_pack/guard.py) uses the same prefix.
const proofPrefix = 'gatehouse-upstream:'

export interface ProvenConnectorOptions {
  /** The only address this connector ever connects to. */
  readonly origin: URL
  /** Undefined for an upstream without a guard, which is then connected to plainly. */
  readonly secret: () => string | undefined
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'> | undefined
  /** For the connection and the proof together. */
  readonly connectTimeoutMs: number
}

type NodeCallback = (error: Error | null, socket: Socket) => void
type UndiciCallback = (...args: [error: null, socket: Socket] | [error: Error, socket: null]) => void

export interface ProvenConnector {
  /** A connected, proven, unread socket. @throws comfyui_unproven, comfyui_down */
  readonly open: () => Promise<Socket>
  /** For `new Pool(origin, { connect })` of undici. */
  readonly undici: (options: object, callback: UndiciCallback) => void
  /** For `createConnection` of a `node:http` agent or request, and of `ws`. */
  readonly createConnection: (options: object, callback: NodeCallback) => undefined
}

/** A stranger may have taken ComfyUI's port: only this opens sockets to it. */
export function createProvenConnector(options: ProvenConnectorOptions): ProvenConnector {
  const open = async () => {
    const deadline = AbortSignal.timeout(options.connectTimeoutMs)
    const socket = await openSocket(options, deadline)
    const secret = options.secret()
    if (secret !== undefined) await proveSocket(socket, options.origin, secret, deadline)
    return socket
  }
  return {
    open,
    undici: (_, callback) => {
      open().then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      )
    },
    createConnection: (_, callback) => {
      open().then(
        (socket) => callback(null, socket),
        // Node's type asks for a stream beside the error, and nobody looks at it.
        (error: Error) => callback(error, new Socket()),
      )
    },
  }
}

async function openSocket({ origin, tls }: ProvenConnectorOptions, deadline: AbortSignal): Promise<Socket> {
  const secure = origin.protocol === 'https:'
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
  const address = { host, port: Number(origin.port || (secure ? 443 : 80)) }
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket = secure ? connectTls({ ...address, ...name, ...tls, ALPNProtocols: ['http/1.1'] }) : connectTcp(address)
  // Whoever takes the socket over listens for errors too; in between none may end the process.
  socket.on('error', () => {})
  socket.setNoDelay(true)
  const connected = once(socket, secure ? 'secureConnect' : 'connect', { signal: deadline })
  await connected.catch((cause: unknown) => {
    socket.destroy()
    throw new GatehouseError('comfyui_down', { cause, detail: `no connection to ${origin.host}` })
  })
  return socket
}

async function proveSocket(socket: Socket, origin: URL, secret: string, deadline: AbortSignal): Promise<void> {
  const nonce = randomBytes(32).toString('hex')
  const answer = readProof(socket, deadline)
  socket.write(`GET ${provePath}?nonce=${nonce} HTTP/1.1\r\nHost: ${origin.host}\r\nConnection: keep-alive\r\n\r\n`)
  const proof = await answer
  const expected = createHmac('sha256', secret).update(`${proofPrefix}${nonce}`).digest()
  if (proof !== undefined && timingSafeEqual(Buffer.from(proof, 'hex'), expected)) return
  socket.destroy()
  throw new GatehouseError('comfyui_unproven', {
    detail: `${origin.host} did not prove that it knows the guard secret`,
  })
}

/** The proof in the answer, and the socket left as it was found; undefined for anything but one whole, exact answer. */
function readProof(socket: Socket, deadline: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const settle = (proof: string | undefined) => {
      socket.off('readable', read).off('end', fail).off('close', fail)
      deadline.removeEventListener('abort', fail)
      resolve(proof)
    }
    const fail = () => settle(undefined)
    // `readable` leaves the stream neither flowing nor paused, so that http and undici can both read on from here.
    const read = () => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        received = Buffer.concat([received, chunk])
      }
      const reading = parseProof(received)
      if (reading.state === 'refused') fail()
      if (reading.state === 'proof') settle(reading.proof)
    }
    socket.on('readable', read).once('end', fail).once('close', fail)
    deadline.addEventListener('abort', fail, { once: true })
    if (deadline.aborted || socket.destroyed) fail()
  })
}
