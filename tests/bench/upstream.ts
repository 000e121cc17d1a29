/** What stands behind the doors? Fixed payloads, and the little that a sidecar asks of ComfyUI at its start. */
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const small = JSON.stringify({ padding: 'x'.repeat(1000) })
const large = Buffer.alloc(2 * 1024 * 1024, 120)

const server = createServer((request, response) => {
  if (request.method === 'POST') {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"name":"x.png","subfolder":"","type":"input"}')
    })
    return
  }
  const isLarge = request.url === '/bench/large'
  const body = request.url === '/queue' ? '{"queue_running":[],"queue_pending":[]}' : isLarge ? large : small
  response.writeHead(200, {
    'content-type': isLarge ? 'application/octet-stream' : 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
})
new WebSocketServer({ server })
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2]), '127.0.0.1')
