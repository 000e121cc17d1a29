/** What does a network do that loses an answer? A TCP proxy that, once told to, closes a reused connection instead of answering. */
import { connect, createServer, type Socket } from 'node:net'

export interface LossyProxy extends AsyncDisposable {
  readonly address: string
  /** Loses the next answers to requests that begin like `line` on connections that carried a request before. */
  loses(line: string, times: number): void
  /** How often a request that begins like the line came by since then. */
  readonly cameBy: () => number
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  let wanted = '\0'
  let left = 0
  let seen = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let requests = 0
    let isLost = false
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (text.startsWith(wanted)) {
        seen += 1
        if (left > 0 && requests > 0) {
          left -= 1
          isLost = true
        }
      }
      if (/^[A-Z]+ \/\S* HTTP\/1\.1\r\n/.test(text)) requests += 1
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      // The request was carried out, and its answer is lost on the way.
      if (isLost) client.end()
      else client.write(chunk)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const bound = server.address()
  return {
    address: `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`,
    loses: (line, times) => {
      wanted = line
      left = times
      seen = 0
    },
    cameBy: () => seen,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
