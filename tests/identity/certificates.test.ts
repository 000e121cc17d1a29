/** Does docs/identity/certificates.md say what works? Real TLS, certificates of an own authority, renewed and revoked while it runs. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as requestClear } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { certCommand } from '../../sidecar/src/cli/cert.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { until } from '../support/person.ts'
import { freePort } from '../support/real-comfyui.ts'
import { sentencesOf, unsaid } from '../support/said.ts'

const page = 'docs/identity/certificates.md'
const [https = '', clients = ''] = yamlOf(page)
const lab = mkdtempSync(join(tmpdir(), 'gatehouse-lab-'))
const other = join(lab, 'other')
const inLab = (yaml: string): string => yaml.replaceAll('lab/', `${lab}/`)
const read = (name: string): Buffer => readFileSync(join(lab, name))

beforeAll(async () => {
  for (const args of [
    ['ca', '--out', lab],
    ['server', '--ca', lab, '--host', 'localhost', '--host', '127.0.0.1'],
    ['client', '--ca', lab, '--name', 'worker-1', '--san', 'dns:worker-1.lab'],
    ['client', '--ca', lab, '--name', 'worker-2'],
    ['client', '--ca', lab, '--name', 'worker-3'],
    ['ca', '--out', other],
    ['client', '--ca', other, '--name', 'worker-1', '--san', 'dns:worker-1.lab'],
    ['server', '--ca', other, '--host', 'localhost'],
  ]) {
    expect(await certCommand([...args, '--json'])).toBe(0)
  }
  writeFileSync(join(lab, 'fixed.key'), 'long-and-fixed-0123456789')
})
afterAll(() => rmSync(lab, { recursive: true, force: true }))

interface Asked {
  readonly client?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly body?: string
}

function pairOf(client: string | undefined) {
  return client === undefined ? {} : { cert: read(`${client}.crt`), key: read(`${client}.key`) }
}

/** Status, the user of `/me`, and headers; a refused handshake is an error. */
function ask(site: Configured, path: string, { client, headers = {}, method = 'GET', body }: Asked = {}) {
  const { port } = new URL(site.address)
  return new Promise<{ status: number; text: string; headers: Readonly<Record<string, unknown>> }>(
    (resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, path, method, headers, ca: read('ca.crt'), agent: false, ...pairOf(client) },
        (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString()
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
        },
      )
      sent.on('error', reject)
      sent.end(body)
    },
  )
}

const me = '/gatehouse/api/v1/me'
const whoIs = async (site: Configured, client: string): Promise<string> => {
  const { status, text } = await ask(site, me, { client })
  const user = status === 200 ? /"user":"([^"]+)"/.exec(text)?.[1] : undefined
  return user ?? String(status)
}

/** The address of a WebSocket that a ticket of this client's opens. */
async function ticketOf(site: Configured, client: string): Promise<string> {
  const headers = { 'Content-Type': 'application/json' }
  const asked = { client, headers, method: 'POST', body: '{"purpose":"websocket"}' }
  const { text } = await ask(site, '/gatehouse/api/v1/tickets', asked)
  const ticket = /"ticket":"([^"]+)"/.exec(text)?.[1]
  if (ticket === undefined) throw new Error(`no ticket: ${text}`)
  return `${site.address.replace('http', 'wss')}/ws?ticket=${ticket}`
}

async function serialShown(site: Configured): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const made = connect(
      { host: '127.0.0.1', port: Number(new URL(site.address).port), rejectUnauthorized: false },
      () => resolve(made),
    )
    made.once('error', reject)
  })
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

async function withWorkers(yaml: string): Promise<Configured> {
  const site = await startConfigured(yaml)
  for (const name of ['worker-1', 'worker-2', 'worker-3']) {
    await site.store.users.add({ name, role: 'user', passwordHash: null, kind: 'service', tenantName: name })
  }
  return site
}

describe('own TLS', () => {
  it('is spoken with the certificate of the file, and old TLS is not', async () => {
    await using site = await startConfigured(inLab(https.replace(/ {2}redirect_listen.*\n/, '')))
    const answer = await ask(site, '/login')
    expect(answer.status).toBe(200)
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=31536000/)
    const old = connect({
      host: '127.0.0.1',
      port: Number(new URL(site.address).port),
      ca: read('ca.crt'),
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL@SECLEVEL=0',
    })
    await expect(
      new Promise((resolve, reject) => {
        old.once('secureConnect', resolve)
        old.once('error', reject)
      }),
    ).rejects.toThrow(/protocol|alert|ECONNRESET/i)
  })

  it('uses a renewed certificate for new connections, and the old one while key and certificate do not fit', async () => {
    const [cert, key] = [join(lab, 'live.crt'), join(lab, 'live.key')]
    copyFileSync(join(lab, 'server.crt'), cert)
    copyFileSync(join(lab, 'server.key'), key)
    const yaml = inLab(https.replace(/ {2}redirect_listen.*\n/, ''))
      .replace('server.crt', 'live.crt')
      .replace('server.key', 'live.key')
    await using site = await startConfigured(yaml)
    const before = await serialShown(site)
    copyFileSync(join(other, 'server.crt'), cert)
    site.rewrite(yaml)
    expect(await serialShown(site)).toBe(before)
    copyFileSync(join(other, 'server.key'), key)
    site.rewrite(yaml)
    expect(await serialShown(site)).not.toBe(before)
  })

  it('sends those who come in clear to the same address over https, and takes no credential there', async () => {
    const port = await freePort()
    await using _site = await startConfigured(inLab(https).replace('8080', String(port)))
    const clear = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      new Promise<{ status: number; location: string | undefined; text: string }>((resolve, reject) => {
        const sent = requestClear({ host: '127.0.0.1', port, path, method, headers }, (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString()
          })
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
          )
        })
        sent.on('error', reject)
        sent.end()
      })
    // What people type, as the page names it.
    const origin = 'https://comfy.lab:8288'
    expect(await clear('/account?token=gh_x')).toMatchObject({ status: 308, location: `${origin}/account` })
    expect(await clear('//evil.test/x')).toMatchObject({ status: 308, location: `${origin}/` })
    expect(await clear('/a%0d%0ab')).toMatchObject({ status: 308, location: `${origin}/` })
    expect(await clear('/queue', { 'X-API-Key': 'gh_x' })).toMatchObject({
      status: 403,
      location: undefined,
      text: expect.stringContaining(`This address is served over https only: ${origin}.`),
    })
    expect(await clear('/prompt', {}, 'POST')).toMatchObject({ status: 403 })
    expect(await clear('/ws', { Connection: 'Upgrade', Upgrade: 'websocket' })).toMatchObject({ status: 403 })
  })
})

describe('a client certificate', () => {
  it('stands for the user that its name is mapped to, on both prefixes and sockets', async () => {
    await using site = await withWorkers(inLab(clients))
    expect(await whoIs(site, 'worker-1')).toBe('worker-1')
    expect(await whoIs(site, 'worker-2')).toBe('worker-2')
    for (const path of ['/queue', '/api/queue']) {
      expect((await ask(site, path, { client: 'worker-1' })).status).toBe(200)
      expect((await ask(site, path)).status).toBe(401)
    }
    const socket = new WebSocket(`${site.address.replace('http', 'wss')}/ws`, {
      ca: read('ca.crt'),
      ...pairOf('worker-1'),
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const member = await site.store.users.findByName('worker-1')
    if (member !== undefined) await site.store.users.setState(member.id, 'disabled')
    await closed
    expect(await whoIs(site, 'worker-1')).toBe('401')
  })

  it.each([
    ['maps to nobody', 'worker-3'],
    ['is of another authority, with the same names', 'other/worker-1'],
  ])('refuses the request when it %s, whatever else it carries', async (_why, client) => {
    await using site = await withWorkers(inLab(clients))
    const refused = await ask(site, '/queue', { client })
    expect(refused.status).toBe(401)
    expect(refused.text).toContain('The client certificate is not accepted here.')
    expect((await ask(site, me, { client })).status).toBe(401)
  })

  it('is not asked for by another name: a common name is no alternative name, and the other way round', async () => {
    await using site = await withWorkers(inLab(clients).replace('san: dns:worker-1.lab', 'cn: dns:worker-1.lab'))
    expect(await whoIs(site, 'worker-1')).toBe('401')
  })

  it('counts as a key, and a browser of another site cannot use it', async () => {
    await using site = await withWorkers(inLab(clients))
    const keys = await ask(site, '/gatehouse/api/v1/keys', {
      client: 'worker-1',
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    })
    expect(keys.status).toBe(403)
    const forged = await ask(site, '/queue', {
      client: 'worker-1',
      method: 'POST',
      headers: { Origin: 'https://evil.test' },
    })
    expect(forged.status).toBe(403)
  })

  it('beside a key of somebody else is refused, naming both', async () => {
    await using site = await withWorkers(
      inLab(`${clients}  static_keys: [{ name: fixed, user: worker-2, file: lab/fixed.key }]\n`),
    )
    const answer = await ask(site, '/queue', {
      client: 'worker-1',
      headers: { 'X-API-Key': 'long-and-fixed-0123456789' },
    })
    expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(/static-key and client-certificate/)])
  })

  it('is refused within a look once it is revoked, and its open connections end', async () => {
    await using site = await withWorkers(inLab(clients))
    expect(await whoIs(site, 'worker-2')).toBe('worker-2')
    const socket = new WebSocket(`${site.address.replace('http', 'wss')}/ws`, {
      ca: read('ca.crt'),
      ...pairOf('worker-2'),
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    // Opened with a ticket, over a connection that showed no certificate.
    const [byTicket, waiting] = [await ticketOf(site, 'worker-2'), await ticketOf(site, 'worker-2')]
    const ticketed = new WebSocket(byTicket, { ca: read('ca.crt') })
    await new Promise((resolve, reject) => ticketed.once('open', resolve).once('error', reject))
    const closedToo = new Promise((resolve) => ticketed.once('close', resolve))
    expect(await certCommand(['revoke', '--ca', lab, join(lab, 'worker-2.crt')])).toBe(0)
    site.rewrite(inLab(clients))
    await Promise.all([closed, closedToo])
    expect(await whoIs(site, 'worker-2')).toBe('401')
    const late = new WebSocket(waiting, { ca: read('ca.crt') })
    await expect(new Promise((resolve, reject) => late.once('open', resolve).once('error', reject))).rejects.toThrow(
      '401',
    )
    await until(async () => ((await whoIs(site, 'worker-1')) === 'worker-1' ? true : undefined))
  })

  it('that stands for nobody any more keeps no socket open', async () => {
    await using site = await withWorkers(inLab(clients))
    const socket = new WebSocket(`${site.address.replace('http', 'wss')}/ws`, {
      ca: read('ca.crt'),
      ...pairOf('worker-1'),
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    site.rewrite(inLab(clients).replace('dns:worker-1.lab', 'dns:worker-9.lab'))
    await closed
    expect(await whoIs(site, 'worker-1')).toBe('401')
  })

  it('is demanded of everybody where the operator says so', async () => {
    await using site = await withWorkers(inLab(clients.replace('server:\n', 'server:\n  tls_client_required: true\n')))
    await expect(ask(site, '/health')).rejects.toThrow()
    expect(await whoIs(site, 'worker-1')).toBe('worker-1')
  })
})

describe('gatehouse cert', () => {
  it('overwrites nothing, and revokes nothing of another authority', async () => {
    await expect(certCommand(['ca', '--out', lab])).rejects.toThrow(/is there already/)
    await expect(certCommand(['client', '--ca', lab, '--name', 'worker-1'])).rejects.toThrow(/is there already/)
    await expect(certCommand(['revoke', '--ca', lab, join(other, 'worker-1.crt')])).rejects.toThrow(/another authority/)
    await expect(certCommand(['client', '--ca', lab, '--name', '../x'])).rejects.toThrow(/Name the client/)
    await expect(certCommand(['server', '--ca', join(lab, 'none'), '--host', 'a'])).rejects.toThrow(/cannot be read/)
  })
})

it('the page explains only sentences that are said', () => {
  expect(sentencesOf(page).length).toBeGreaterThan(3)
  expect(unsaid(sentencesOf(page))).toEqual([])
})
