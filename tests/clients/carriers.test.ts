import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorCodes } from '@gatehouse/shared/error-codes'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask } from '../security/ask.ts'
import { savedPicture } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'
import { answerExample, example, exampleNames, tableRows } from './document.ts'
import { findPython, installFromPypi, noPython } from './install.ts'
import { clientRuns } from './pins.ts'

const run = promisify(execFile)
const timeoutMs = 60_000
/** In the form of ComfyUI-Login's tokens, which are bcrypt hashes. */
const sharedToken = '$2b$12$GJdUb1GzEUzP0Yl6Ih4Hbe.k8gJm1F0CqHzqTB1Y5R2Sx7N3W4/aK'
const websocketClient = { registry: 'PyPI', name: 'websocket-client', version: '1.9.2' } as const

const python = await findPython()
if (python === undefined) console.error(noPython)
const isCurlHere = await run('curl', ['--version']).then(
  () => process.platform !== 'win32',
  () => false,
)
if (!isCurlHere) console.error('SKIPPED: no curl (or no POSIX shell) is on this machine, so no curl example ran.')

let world: World
let secrets: string
let folder: string
beforeAll(async () => {
  secrets = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'))
  const file = join(secrets, 'shared-token')
  writeFileSync(file, `${sharedToken}\n`)
  world = await createWorld({
    config: (config) => ({ ...config, auth: { ...config.auth, static_keys: [{ name: 'old', user: 'alice', file }] } }),
  })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  rmSync(secrets, { recursive: true })
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-example-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const ran = new Set<string>()

/** Runs a block of the document in an empty folder; what it printed, line by line. */
async function runs(name: string, command: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  ran.add(name)
  writeFileSync(join(folder, name), example(name))
  const { stdout } = await run(command, [name], {
    cwd: folder,
    timeout: timeoutMs,
    env: {
      ...process.env,
      NO_PROXY: '*',
      no_proxy: '*',
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
      GATEHOUSE_URL: world.address,
      GATEHOUSE_KEY: world.alice.key,
      GATEHOUSE_USER: 'alice',
      GATEHOUSE_PASSWORD: alicePassword,
    },
  })
  return stdout.trim().split('\n')
}

/** The file that an example saved is the image that its owner, and nobody else, has under that name. */
async function savedOwnImage(filename: string): Promise<void> {
  const answer = await world.alice.fetch(`/view?filename=${filename}&type=output`)
  expect(readFileSync(join(folder, filename)).equals(Buffer.from(await answer.arrayBuffer()))).toBe(true)
  expect((await world.bob.fetch(`/view?filename=${filename}&type=output`)).status).toBe(404)
}

describe.skipIf(!isCurlHere)('curl, as printed in docs/clients.md,', () => {
  it('goes from a graph to an image', async () => {
    const [filename = ''] = await runs('flow.sh', 'sh')
    expect(filename).toMatch(/^from-curl_\d+_\.png$/)
    await savedOwnImage(filename)
  })

  it('is let in with every carrier', async () => {
    expect(await runs('carriers.sh', 'sh')).toEqual(['200', '200', '200', '200', '200'])
  })

  it('makes a key that works', async () => {
    const made = parseRecord(JSON.parse((await runs('make-key.sh', 'sh')).join('\n')))
    expect(Object.keys(made)).toEqual([
      ...['id', 'label', 'createdAt', 'expiresAt', 'lastUsedAt', 'lastUsedAddress', 'scopes', 'addresses', 'workflow'],
      'key',
    ])
    const answer = await fetch(`${world.address}/queue`, { headers: { authorization: `Bearer ${made.key}` } })
    expect(answer.status).toBe(200)
  })

  it('opens a session, uses it and ends it', async () => {
    const said = (await runs('session.sh', 'sh')).join('\n')
    expect(said).toContain('"user":"alice"')
    expect(said).toContain('"queue_running"')
    const cookies = readFileSync(join(folder, 'cookies.txt'), 'utf8')
    const [name = '', value = ''] = (/#HttpOnly_.*/.exec(cookies)?.[0] ?? '').split('\t').slice(-2)
    expect(name).toMatch(/^gatehouse_/)
    const answer = await fetch(`${world.address}/queue`, { headers: { cookie: `${name}=${value}` } })
    expect(answer.status).toBe(401)
  })
})

describe.skipIf(python === undefined)('Python, as printed in docs/clients.md,', () => {
  it('goes from a graph to an image with the standard library', async () => {
    const [filename = ''] = await runs('flow.py', python?.path ?? '')
    expect(filename).toMatch(/^from-python_\d+_\.png$/)
    await savedOwnImage(filename)
  })

  it('hears of its job with websocket-client', { timeout: 300_000 }, async () => {
    if (python === undefined) return
    const [filename = ''] = await runs('listen.py', python.path, {
      PYTHONPATH: await installFromPypi(python, websocketClient),
    })
    const answer = await world.alice.fetch(`/view?filename=${filename}&type=temp`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
  })
})

describe('JavaScript, as printed in docs/clients.md,', () => {
  it('goes from a graph to an image', async () => {
    const [filename = ''] = await runs('flow.mjs', process.execPath)
    expect(filename).toMatch(/^from-javascript_\d+_\.png$/)
    await savedOwnImage(filename)
  })
})

describe('a fixed key of the operator', () => {
  it('goes on working as ComfyUI-Login took it, as a Bearer header and in the query', async () => {
    const bearer = await fetch(`${world.address}/queue`, { headers: { authorization: `Bearer ${sharedToken}` } })
    const query = await fetch(`${world.address}/queue?token=${encodeURIComponent(sharedToken)}`)
    const raw = await fetch(`${world.address}/queue?token=${sharedToken}`)
    const wrong = await fetch(`${world.address}/queue?token=${sharedToken.slice(0, -1)}`)
    expect([bearer.status, query.status, raw.status, wrong.status]).toEqual([200, 200, 200, 401])
  })
})

describe('a key in the address', () => {
  it('opens no page, and loads images', async () => {
    // Not fetch, which says of itself that it opens no page.
    const page = await ask(world, 'GET', `/?token=${world.alice.key}`, { headers: { accept: 'text/html,*/*' } })
    expect([page.status, page.headers.location]).toEqual([302, '/login'])
    const job = await world.alice.queues(savedPicture('in-address'))
    await job.finishes()
    const path = `/view?filename=in-address_00001_.png&api_key=${world.alice.key}`
    const headers = { accept: 'image/avif,image/webp,*/*', 'sec-fetch-mode': 'no-cors' }
    const image = await ask(world, 'GET', path, { headers })
    expect([image.status, image.headers['content-type']]).toEqual([200, 'image/png'])
  })
})

describe('a prompt sent again', () => {
  it('runs once under one Idempotency-Key, and again under another', async () => {
    const send = async (key: string): Promise<unknown> => {
      const body = JSON.stringify({ prompt: savedPicture('twice') })
      const headers = { 'content-type': 'application/json', 'idempotency-key': key }
      const answer = await world.alice.fetch('/prompt', { method: 'POST', headers, body })
      return parseRecord(await answer.json()).prompt_id
    }
    const [first, again, other] = [await send('one'), await send('one'), await send('another')]
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('docs/clients.md', () => {
  it('has no example that was not run', () => {
    const runnable = exampleNames().filter(
      (name) => (isCurlHere || !name.endsWith('.sh')) && (python !== undefined || !name.endsWith('.py')),
    )
    expect([...ran].toSorted()).toEqual(runnable.toSorted())
  })

  it('prints the answer to a request without a credential as it is', async () => {
    const answer = await fetch(`${world.address}/queue`)
    const body = (await answer.text()).replace(/"request_id":"[^"]+"/, '"request_id":"..."')
    expect(answer.status).toBe(401)
    expect(JSON.parse(body)).toEqual(answerExample('GET /queue without a credential'))
  })

  it('gives each error its status', () => {
    const ofLedger: Readonly<Record<string, number>> = { too_many_jobs: 429, too_many_prompts: 429 }
    const codes = new Map(Object.entries(errorCodes).map(([code, { status }]) => [code, status]))
    const rows = tableRows('status').filter(([, type]) => type !== '')
    expect(rows.length).toBeGreaterThan(8)
    for (const [status, type = ''] of rows) expect(codes.get(type) ?? ofLedger[type], type).toBe(Number(status))
  })

  it('lists the clients that run, at the versions that run', () => {
    const listed = tableRows('client').map(([name, version, from, carrier]) => [name, version, from, carrier])
    expect(listed).toEqual(clientRuns.map(({ pin, carrier }) => [pin.name, pin.version, pin.registry, carrier]))
  })
})
