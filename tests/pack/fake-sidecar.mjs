// Stands in for the sidecar bundle in tests of the pack: speaks its pipe, and answers 503 as a waiting page does.
import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const { FAKE_SIDECAR_DIRECTORY: directory, FAKE_SIDECAR_MODE: mode = 'serve' } = process.env
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
process.stderr.write('set-up link: http://127.0.0.1/setup?token=one-time-token\n')
const lines = createInterface({ input: process.stdin })

lines.once('line', (line) => {
  appendFileSync(`${directory}/introductions.jsonl`, `${line}\n`)
  writeFileSync(`${directory}/process.json`, JSON.stringify({ pid: process.pid, argv: process.argv, env: process.env }))
  if (mode === 'refuse') return say({ ready: false, error: 'the data directory is in use by another sidecar.' })
  if (mode === 'end') process.exit(7)
  if (mode === 'babble') return process.stdout.write('hello\n')
  const { listen } = JSON.parse(line)
  let waiting = listen.length
  for (const { host, port } of listen) {
    createServer((_, response) => response.writeHead(503, { 'x-fake-sidecar': '1' }).end('waiting')).listen(
      // A wildcard of one family only, as ComfyUI binds it.
      { host, port, ipv6Only: true },
      () => {
        waiting -= 1
        if (waiting === 0) say({ ready: true, url: `http://${host}:${port}` })
      },
    )
  }
})
lines.once('close', () => process.exit(0))
