/** How late is a message, and is any lost? `socket-readers.ts URL AUTHORIZATION SOCKETS MESSAGES`: says `ready`, then its figures. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

const [url = '', authorization = '', sockets = '0', messages = '0'] = process.argv.slice(2)
const wanted = Number(sockets) * Number(messages)
const patienceMs = 10_000
/** Latencies in steps of 0.01 ms. */
const histogram = new Uint32Array(1_000_000)
const pattern = /"value":(\d+)/
let received = 0
let lastAt = Date.now()

function hear(frame: Buffer): void {
  const found = pattern.exec(frame.toString('latin1'))
  if (found?.[1] === undefined) return
  const lateNs = Number(process.hrtime.bigint() - BigInt(found[1]))
  const step = Math.min(histogram.length - 1, Math.max(0, Math.floor(lateNs / 10_000)))
  histogram[step] = (histogram[step] ?? 0) + 1
  received += 1
  lastAt = Date.now()
  if (received === wanted) finish()
}

function finish(): void {
  console.log(JSON.stringify({ lost: wanted - received, p50Ms: late(0.5), p99Ms: late(0.99) }))
  process.exit(0)
}

function late(share: number): number {
  let left = received * share
  const step = histogram.findIndex((count) => {
    left -= count
    return left <= 0
  })
  return step / 100
}

for (let count = 0; count < Number(sockets); count += 1) {
  const socket = new WebSocket(url, { headers: { authorization }, perMessageDeflate: false })
  const [first]: Buffer[] = await once(socket, 'message')
  if (first === undefined) throw new Error('no greeting')
  socket.on('message', (frame: Buffer) => hear(frame))
}
console.log('ready')
setInterval(() => {
  if (received > 0 && Date.now() - lastAt > patienceMs) finish()
}, 1_000)
