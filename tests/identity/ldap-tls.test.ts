import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLdap } from '../../sidecar/src/proxy/ldap-connection.ts'
import { createAuthority, openAuthority } from '../../sidecar/src/tls/private-authority.ts'
import { startConfigured } from '../support/configured.ts'
import { hasSlapd, type Slapd, slapdIsMissing, startSlapd, suffix } from '../support/slapd.ts'

const password = "anna's Lantern 4711"

function yaml(url: string, more: string): string {
  const template = `'uid={username},ou=people,${suffix}'`
  return `auth:\n  ldap:\n    - { name: studio, url: '${url}', user_dn_template: ${template}${more} }`
}

async function logsIn(text: string): Promise<number> {
  await using gatehouse = await startConfigured(text)
  const answer = await fetch(`${gatehouse.address}/gatehouse/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'anna', password }),
  })
  return answer.status
}

describe.skipIf(!hasSlapd())(`an encrypted directory${hasSlapd() ? '' : ` (skipped: ${slapdIsMissing})`}`, () => {
  let slapd: Slapd
  let folder: string
  let authority: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-ldap-tls-'))
    authority = (await createAuthority(folder, 'studio', 30)).certFile
    slapd = await startSlapd({ tls: await (await openAuthority(folder)).signServer(['localhost'], 30) })
  })
  afterAll(async () => {
    await slapd[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['ldaps', 'start_tls'])('judges passwords over %s', async (way) => {
    const url = way === 'ldaps' ? `ldaps://localhost:${slapd.securePort}` : `ldap://localhost:${slapd.port}`
    expect(await logsIn(yaml(url, `, start_tls: ${way === 'start_tls'}, ca_file: '${authority}'`))).toBe(200)
    expect(slapd.log()).toMatch(/BIND dn="uid=anna[^\n]+ ssf=[1-9]/)
  })

  it.each(['ldaps', 'start_tls'])(
    'hears no password over %s where its certificate is of nobody who is trusted',
    async (way) => {
      const before = slapd.log().length
      const url = way === 'ldaps' ? `ldaps://localhost:${slapd.securePort}` : `ldap://localhost:${slapd.port}`
      expect(await logsIn(yaml(url, `, start_tls: ${way === 'start_tls'}`))).toBe(503)
      expect(slapd.log().slice(before)).not.toContain('BIND dn="uid=anna')
    },
  )

  it.each(['ldaps', 'start_tls'])('hears none over %s where it is of another host', async (way) => {
    const before = slapd.log().length
    const url = way === 'ldaps' ? `ldaps://127.0.0.1:${slapd.securePort}` : `ldap://127.0.0.1:${slapd.port}`
    expect(await logsIn(yaml(url, `, start_tls: ${way === 'start_tls'}, ca_file: '${authority}'`))).toBe(503)
    expect(slapd.log().slice(before)).not.toContain('BIND dn="uid=anna')
  })

  it('gets no second connection, in clear, after somebody cut the encrypted one', async () => {
    const relay = await startRelay(slapd.port)
    const address = {
      url: `ldap://localhost:${relay.port}`,
      startTls: true,
      authority: readFileSync(authority, 'utf8'),
    }
    const connection = await openLdap(address)
    expect(await connection.bind(`uid=anna,ou=people,${suffix}`, password)).toBe(true)
    relay.cut()
    for (const _try of ['is lost', 'goes unanswered', 'would open another']) {
      await expect(connection.bind(`uid=anna,ou=people,${suffix}`, password)).rejects.toThrow()
    }
    expect(relay.openedCount()).toBe(1)
    connection.close()
    relay.close()
  })
})

/** Hands everything on, until it cuts what is open. */
async function startRelay(port: number) {
  const opened: Socket[] = []
  const server = createServer((near) => {
    opened.push(near)
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    openedCount: () => opened.length,
    cut: () => {
      for (const socket of opened) socket.destroy()
    },
    close: () => void server.close(),
  }
}

describe('somebody between Gatehouse and its directory', () => {
  /** Says yes to StartTLS (RFC 4511 4.14.2), and no more. */
  const yes = Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00])
  const no = Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x34, 0x04, 0x00, 0x04, 0x00])

  it.each([
    ['cuts the connection when it is to be encrypted', (socket: Socket) => void socket.destroy(), yes],
    ['does not let it be encrypted', () => undefined, no],
  ])('who %s hears no password', async (_what, next, answer) => {
    const heard: Buffer[] = []
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', (chunk) => {
        heard.push(chunk)
        socket.write(answer)
        socket.on('data', (more) => {
          heard.push(more)
          next(socket)
        })
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await logsIn(yaml(`ldap://127.0.0.1:${port}`, ', start_tls: true'))).toBe(503)
    expect(heard.length).toBeGreaterThan(0)
    expect(Buffer.concat(heard).toString('latin1')).not.toContain(password)
    server.close()
  })
})
