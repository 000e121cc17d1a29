// Stands in for a ComfyUI under the supervisor: does what MODE says on the port it was given.

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { MODE: mode, RECORD: record, GATEHOUSE_GUARD_SECRET: secret, GATEHOUSE_UPSTREAM_PORT: port } = process.env
const write = (fact) => appendFileSync(record, `${JSON.stringify(fact)}\n`)

if (mode === 'end') process.exit(3)
if (mode === 'stubborn') process.on('SIGINT', () => {})
const worker = spawn(process.execPath, ['-e', 'process.on("SIGINT",()=>{});setInterval(()=>{},1000)'], {
  stdio: 'ignore',
})
createServer((request, response) => {
  const nonce = /^\/gatehouse\/prove\?nonce=([0-9a-f]{64})$/.exec(request.url)?.[1]
  if (nonce === undefined || mode === 'unguarded') return response.writeHead(404).end()
  const proof = createHmac('sha256', secret).update(`gatehouse-upstream:${nonce}`).digest('hex')
  response.end(JSON.stringify({ proof }))
}).listen(Number(port), '127.0.0.1', () =>
  write({
    pid: process.pid,
    worker: worker.pid,
    argv: process.argv.slice(2),
    supervised: process.env.GATEHOUSE_SUPERVISED,
  }),
)
