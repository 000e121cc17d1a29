/** Opens many WebSockets and keeps them, in a process of its own: `idle-child.ts ADDRESS KEY COUNT`. Says how many are open. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

const [address = '', key = '', count = '0'] = process.argv.slice(2)
const atOnce = 50
const sockets: WebSocket[] = []

async function open(): Promise<void> {
  const socket = new WebSocket(`${address}/ws`, {
    headers: { authorization: `Bearer ${key}` },
    perMessageDeflate: false,
  })
  socket.on('error', (error) => console.error(error.message))
  await Promise.race([once(socket, 'message'), once(socket, 'close')])
  sockets.push(socket)
}

while (sockets.length < Number(count)) await Promise.all(Array.from({ length: atOnce }, open))
const openCount = () => sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length
console.log(`open ${openCount()}`)
process.stdin.on('data', () => console.log(`still ${openCount()}`))
process.stdin.on('end', () => process.exit(0))
