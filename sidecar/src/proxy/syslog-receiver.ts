/** How do lines reach a syslog receiver? As datagrams, or over one connection that is opened again when it breaks. */
import { createSocket } from 'node:dgram'
import { connect, isIPv6, type Socket } from 'node:net'

export interface SyslogReceiver {
  readonly name: string
  /** @throws what the socket says */
  send(lines: readonly string[]): Promise<void>
  close(): void
}

const patienceMs = 5_000

/** `udp://HOST:PORT`, `tcp://HOST:PORT` or `unix:/path`. */
export function createSyslogReceiver(address: string): SyslogReceiver {
  if (address.startsWith('unix:')) {
    return overStream(address, () => connect(address.slice('unix:'.length)), endedByNewline)
  }
  const { protocol, hostname, port } = new URL(address)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol === 'udp:') return overDatagrams(address, host, Number(port))
  return overStream(address, () => connect(Number(port), host), afterTheirLength)
}

/** RFC 6587 3.4.1: octet counting, which no line can break. */
function afterTheirLength(line: string): string {
  return `${Buffer.byteLength(line)} ${line}`
}

/** What readers of local stream sockets expect; our lines hold no line end. */
function endedByNewline(line: string): string {
  return `${line}\n`
}

/** Whether a datagram arrives, nobody ever says (RFC 5426 4.4). */
function overDatagrams(name: string, host: string, port: number): SyslogReceiver {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
  // Without a listener, an ICMP "unreachable" would end the process.
  socket.on('error', () => undefined)
  socket.unref()
  const sendOne = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(line, port, host, (error) => (error === null ? resolve() : reject(error)))
    })
  return {
    name,
    send: async (lines) => {
      for (const line of lines) await sendOne(line)
    },
    close: () => socket.close(),
  }
}

function overStream(name: string, open: () => Socket, framed: (line: string) => string): SyslogReceiver {
  let connected: Socket | undefined
  const connection = async (): Promise<Socket> => {
    if (connected !== undefined) return connected
    const socket = open()
    socket.unref()
    await settled(socket, (done) => socket.once('connect', done))
    // What it says is of no interest, but unread it would keep its end from being noticed.
    socket.resume()
    socket.on('error', () => undefined)
    socket.once('close', () => {
      if (connected === socket) connected = undefined
    })
    connected = socket
    return socket
  }
  return {
    name,
    send: async (lines) => {
      const socket = await connection()
      await settled(socket, (done) => {
        socket.write(lines.map(framed).join(''), (error) => {
          if (error == null) done()
        })
      })
    },
    close: () => {
      // What was written last still arrives.
      connected?.end()
      connected = undefined
    },
  }
}

/** Rejects, and gives the connection up, when it breaks or nothing happens for long. */
function settled(socket: Socket, begin: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clean()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const closed = (): void => fail(new Error('the syslog receiver closed the connection'))
    const timer = setTimeout(() => fail(new Error('the syslog receiver does not answer')), patienceMs)
    const clean = (): void => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.off('close', closed)
    }
    socket.once('error', fail)
    socket.once('close', closed)
    begin(() => {
      clean()
      resolve()
    })
  })
}
