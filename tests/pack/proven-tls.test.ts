/** An upstream behind TLS proves its certificate and its secret, or hears nothing. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProvenConnector } from '../../sidecar/src/proxy/prove-upstream.ts'

const secret = '5e'.repeat(32)
const without = spawnSync('openssl', ['version']).status !== 0
if (without) console.warn('SKIPPED: there is no openssl to make a certificate with.')

describe.skipIf(without)('an upstream behind TLS', () => {
  let server: Server
  let origin: URL
  let certificate: Buffer
  let heard = 0
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync('openssl', [...request, ...name, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    certificate = readFileSync(cert)
    server = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
      heard += 1
      const nonce = /^\/gatehouse\/prove\?nonce=([0-9a-f]{64})$/.exec(request.url ?? '')?.[1]
      const proof = createHmac('sha256', secret).update(`gatehouse-upstream:${nonce}`).digest('hex')
      response.end(nonce === undefined ? 'an answer' : JSON.stringify({ proof }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    origin = new URL(`https://localhost:${typeof address === 'object' ? address?.port : 0}`)
    rmSync(folder, { recursive: true })
  })
  afterAll(() => {
    server?.closeAllConnections()
    server?.close()
  })
  const connector = (key: string, ca?: Buffer) =>
    createProvenConnector({
      origin,
      secret: () => key,
      connectTimeoutMs: 5000,
      tls: ca === undefined ? undefined : { ca },
    })

  it('is served after it has proved both', async () => {
    const request = httpRequest(origin, { createConnection: connector(secret, certificate).createConnection }).end()
    const [response] = await once(request, 'response')
    const [chunk] = await once(response, 'data')
    expect(String(chunk)).toBe('an answer')
  })

  it('is refused when its certificate is not trusted, before it hears a nonce', async () => {
    const before = heard
    await expect(connector(secret).open()).rejects.toMatchObject({ code: 'comfyui_down' })
    expect(heard).toBe(before)
  })

  it('is refused when it does not know the secret', async () => {
    await expect(connector('ab'.repeat(32), certificate).open()).rejects.toMatchObject({ code: 'comfyui_unproven' })
  })
})
