/** `gatehouse up -- COMMAND` keeps a ComfyUI of its own: started again when it ends, ended whole, never served unguarded. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createSupervisor,
  type Supervisor,
  type SupervisorExit,
  type SupervisorOptions,
} from '../../sidecar/src/supervisor/supervise.ts'
import { findRealComfyui, freePort, noRealComfyui } from '../support/real-comfyui.ts'
import { isAlive } from './is-alive.ts'
import { startPackWorld } from './pack-world.ts'

const program = fileURLToPath(new URL('./stand-in-program.mjs', import.meta.url))
const timing = { firstRestartMs: 10, lastRestartMs: 40, graceMs: 500, proveEveryMs: 20, proveTimeoutMs: 2000 }

let directory: string
let supervisor: Supervisor | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-supervisor-'))
})
afterEach(async () => {
  await supervisor?.stop()
  supervisor = undefined
  rmSync(directory, { recursive: true, force: true })
})

interface Started {
  readonly pid: number
  readonly worker: number
  readonly argv: readonly string[]
  readonly supervised: string
}

async function supervise(mode: string, options: Partial<SupervisorOptions> = {}) {
  const said: string[] = []
  const exits: SupervisorExit[] = []
  const log = { info: (line: string) => said.push(line), error: (line: string) => said.push(line) }
  supervisor = await createSupervisor({
    command: process.execPath,
    args: [program, 'comfy/main.py'],
    env: { PATH: process.env.PATH, MODE: mode, RECORD: join(directory, 'record') },
    log,
    onExit: (exit) => exits.push(exit),
    timing,
    ...options,
  })
  const record = join(directory, 'record')
  const starts = (): readonly Started[] =>
    existsSync(record)
      ? readFileSync(record, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
  supervisor.start()
  return { supervisor, said, exits, starts }
}

const wait = { timeout: 15_000, interval: 20 }

describe('the supervisor', () => {
  it('starts the program on a private port and says when it has proved itself', async () => {
    const { supervisor: own, said, starts } = await supervise('serve')
    await expect.poll(() => said, wait).toEqual(['ComfyUI is up, and guarded.'])
    expect(starts()).toEqual([
      {
        pid: expect.any(Number),
        worker: expect.any(Number),
        argv: ['comfy/main.py', '--listen', '127.0.0.1', '--port', own.upstreamUrl.port],
        supervised: '1',
      },
    ])
    expect(own.guardSecret).toMatch(/^[0-9a-f]{64}$/)
  })

  it('ends the program and everything it started, also what ignores a polite request', async () => {
    const { supervisor: own, starts } = await supervise('stubborn')
    await expect.poll(() => starts(), wait).toHaveLength(1)
    const [started] = starts()
    expect(started && isAlive(started.worker)).toBe(true)
    await own.stop()
    await expect.poll(() => started && [isAlive(started.pid), isAlive(started.worker)], wait).toEqual([false, false])
  })

  it('starts a killed program again on the same port, without what the first left behind', async () => {
    const { exits, said, starts } = await supervise('serve')
    await expect.poll(() => said, wait).toHaveLength(1)
    const [first] = starts()
    if (first !== undefined) process.kill(first.pid, 'SIGKILL')
    await expect.poll(() => starts(), wait).toHaveLength(2)
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL', failure: undefined, restartInMs: 10 }])
    expect(starts()[1]?.argv).toEqual(first?.argv)
    expect(first && isAlive(first.worker)).toBe(false)
  })

  it('waits twice as long before each restart, up to a bound', async () => {
    const { exits, said } = await supervise('end')
    await expect.poll(() => exits.length, wait).toBeGreaterThan(4)
    expect(exits.slice(0, 5).map(({ code, restartInMs }) => [code, restartInMs])).toEqual([
      [3, 10],
      [3, 20],
      [3, 40],
      [3, 40],
      [3, 40],
    ])
    expect(said[0]).toBe('ComfyUI ended with exit code 3. It is started again in 0.01 s.')
  })

  it('begins with the shortest wait again after a steady run', async () => {
    const { exits } = await supervise('end', { timing: { ...timing, steadyAfterMs: 0 } })
    await expect.poll(() => exits.length, wait).toBeGreaterThan(3)
    expect(new Set(exits.map(({ restartInMs }) => restartInMs))).toEqual(new Set([10]))
  })

  it('says when the program cannot be started at all', async () => {
    const { exits, said } = await supervise('serve', { command: join(directory, 'none') })
    await expect.poll(() => exits.length, wait).toBeGreaterThan(0)
    expect(exits[0]?.failure?.message).toContain('ENOENT')
    expect(said[0]).toMatch(/^ComfyUI could not be started \(.*ENOENT.*\)\. It is started again in/)
  })

  it('names the cure when what came up cannot prove itself', async () => {
    const { said } = await supervise('unguarded')
    await expect.poll(() => said, wait).toHaveLength(1)
    expect(said[0]).toContain('did not prove to be it, so nothing is served')
    expect(said[0]).toContain('Cure: gatehouse install comfy, then start again.')
  })

  it('starts nothing any more once it is stopped between two starts', async () => {
    const { supervisor: own, exits } = await supervise('end', { timing: { ...timing, firstRestartMs: 60_000 } })
    await expect.poll(() => exits.length, wait).toBe(1)
    await own.stop()
    expect(exits).toHaveLength(1)
  })
})

const without = findRealComfyui() === undefined
if (without) console.warn(noRealComfyui)

describe.skipIf(without)('a supervised ComfyUI', { timeout: 120_000 }, () => {
  const secret = '5e'.repeat(32)
  const spy =
    'import os\nNODE_CLASS_MAPPINGS = {}\nprint("GUARD", os.environ.get("GATEHOUSE_GUARD_SECRET"), flush=True)\n'
  const supervised = (port: number) => ({
    GATEHOUSE_SUPERVISED: '1',
    GATEHOUSE_GUARD_SECRET: secret,
    GATEHOUSE_UPSTREAM_PORT: String(port),
  })

  it('is guarded with the secret it was given, hides it from nodes, and ends with its supervisor', async () => {
    const port = await freePort()
    await using world = await startPackWorld({
      env: supervised(port),
      args: ['--listen', '0.0.0.0'],
      others: { spy: { '__init__.py': spy } },
      stdin: 'pipe',
    })
    expect(await world.comesUp()).toBe(`http://127.0.0.1:${port}`)
    expect(world.strangerGot()).toEqual(['401 gatehouse'])
    const answer = await fetch(`http://127.0.0.1:${port}/system_stats`, { headers: { 'X-Gatehouse-Guard': secret } })
    expect(answer.status).toBe(200)
    expect(world.log()).toContain('GUARD None')
    expect(world.introductions()).toEqual([])
    // What the operating system does to the pipe when the supervisor is killed.
    world.process.stdin?.destroy()
    expect(await world.ends()).toBe(1)
    expect(world.log()).toContain('the supervisor is gone, so ComfyUI ends too')
  })

  it('ends when its port is held by another program', async () => {
    const port = await freePort()
    const holder = spawn(process.execPath, [
      '-e',
      `require("net").createServer().listen(${port},"127.0.0.1",()=>console.log("held"))`,
    ])
    await new Promise((done) => holder.stdout.once('data', done))
    await using world = await startPackWorld({ env: supervised(port) })
    expect(await world.ends()).toBe(1)
    expect(world.log()).toMatch(new RegExp(`port ${port} on 127.0.0.1 cannot be had .+\\n {2}Cure: `))
    holder.kill()
  })

  it('is found unguarded, and reachable on loopback only, when the pack is not installed', async () => {
    const place = findRealComfyui()
    const said: string[] = []
    mkdirSync(join(directory, 'custom_nodes'))
    supervisor = await createSupervisor({
      command: place?.python ?? '',
      args: [join(place?.directory ?? '', 'main.py'), '--cpu', '--listen', '0.0.0.0', '--base-directory', directory],
      env: process.env,
      log: { info: (line) => said.push(line), error: (line) => said.push(line) },
    })
    supervisor.start()
    await expect.poll(() => said, { timeout: 100_000, interval: 200 }).toHaveLength(1)
    expect(said[0]).toContain(`Cure: gatehouse install ${place?.directory}, then start again.`)
    expect((await fetch(new URL('/system_stats', supervisor.upstreamUrl))).status).toBe(200)
  })
})
