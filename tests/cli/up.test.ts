/** Does `gatehouse up` say where it is, hand out the set-up link once, and stop cleanly whatever is going on? */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { createPerson, until } from '../support/person.ts'
import { closedPort, gatehouse, listens, startGatehouse, startUp } from './gatehouse.ts'

const timeout = 90_000
const password = 'amber Lantern 4711'

let directory: string
let dataDir: string
let env: Record<string, string>
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-up-'))
  dataDir = join(directory, 'data')
  env = { HOME: directory }
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function keyOfOlga(): Promise<string> {
  const olga = ['user', 'add', 'olga', '--role', 'owner', '--password-stdin', '--data', dataDir]
  expect(await gatehouse(olga, { stdin: password, env })).toMatchObject({ code: 0 })
  const { stdout } = await gatehouse(['token', 'create', '--user', 'olga', '--data', dataDir], { env })
  return stdout.trim()
}

const nowhere = async () => `http://127.0.0.1:${await closedPort()}`

describe('gatehouse up', { timeout }, () => {
  it('prints its address and one set-up link, and no line of its log holds the token', async () => {
    await using up = await startUp(['--data', dataDir, '--comfyui', await nowhere()], {
      env: { ...env, GATEHOUSE_LOG_LEVEL: 'debug' },
    })
    const [, link = '', token = ''] = await up.says(/No owner exists yet\. Create one, once, at (\S+#token=(\S+))/)
    expect(new URL(link).origin).toBe(up.address)
    await fetch(`${up.address}/setup`)
    await fetch(`${up.address}/setup?token=${token}`)
    await fetch(`${up.address}/queue?token=${token}`)
    const made = await fetch(`${up.address}/gatehouse/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: up.address },
      body: JSON.stringify({ token, username: 'olga', password }),
    })
    expect(made.status).toBeLessThan(300)
    up.process.kill('SIGINT')
    const { code, stdout, stderr } = await up.ended
    expect(code).toBe(0)
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.includes(token))
    expect(lines).toEqual([expect.stringMatching(/^No owner exists yet\./)])
    expect(stderr.split('\n').filter((line) => line.startsWith('{')).length).toBeGreaterThan(3)

    await using again = await startUp(['--data', dataDir, '--comfyui', await nowhere()], { env })
    again.process.kill('SIGTERM')
    expect(await again.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('No owner exists') })
  })

  it('tells programs the same as one line of JSON', async () => {
    const listen = ['--listen', '127.0.0.1:0', '--comfyui', await nowhere()]
    await using up = startGatehouse(['up', '--data', dataDir, '--json', ...listen], { env })
    const [line] = await up.says(/^\{"address".*\}$/m)
    const { address, setupLink } = JSON.parse(line)
    expect((await fetch(`${address}/health`)).status).toBe(200)
    expect(setupLink.startsWith(`${address}/setup#token=`)).toBe(true)
    up.process.kill('SIGTERM')
    expect(await up.ended).toMatchObject({ code: 0, stdout: `${line}\n` })
  })

  it('stops within moments and with code 0 while sockets, answers and uploads are open, however often it is told', async () => {
    await using practice = await startPracticeComfyui()
    const key = await keyOfOlga()
    await using up = await startUp(['--data', dataDir, '--comfyui', practice.url], { env })
    const olga = createPerson({ name: 'olga', address: up.address, key })
    await until(async () => ((await olga.fetch('/ready')).status === 200 ? true : undefined))
    using listener = await olga.listens('tab-1')
    await listener.hears(({ type }) => type === 'status')
    const unfinished = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('--b\r\nContent-Disposition: form-data; ')),
    })
    const upload = olga.fetch('/upload/image', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: unfinished,
      duplex: 'half',
    } as RequestInit)
    const refused = upload.then(
      () => 'answered',
      () => 'cut',
    )
    const closed = once(listener.socket, 'close')
    const startedAt = Date.now()
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) up.process.kill(signal)
    expect(await up.ended).toMatchObject({ code: 0, signal: null })
    expect(Date.now() - startedAt).toBeLessThan(10_000)
    await closed
    expect(await refused).toBe('cut')
    expect(await listens(up.port)).toBe(false)
  })

  it('checks a configuration without starting anything', async () => {
    const check = (...more: string[]) => gatehouse(['up', '--check-config', '--data', dataDir, ...more], { env })
    expect(await check()).toMatchObject({ code: 0, stdout: 'The configuration is sound.\n' })
    expect(await check('--json')).toMatchObject({ code: 0, stdout: '{"sound":true}\n' })
    expect(() => readFileSync(dataDir)).toThrow('ENOENT')
  })

  it('names the port that is taken, and leaves the data directory to others', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const ran = await gatehouse(['up', '--data', dataDir, '--listen', `127.0.0.1:${port}`], { env })
    holder.close()
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `Port ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another with --listen 127.0.0.1:${port + 1}.\n`,
    })
    await using up = await startUp(['--data', dataDir, '--comfyui', await nowhere()], { env })
    expect(await listens(up.port)).toBe(true)
  })

  it('runs a ComfyUI of its own, and ends it with itself', async () => {
    const program = join(import.meta.dirname, 'guarded-comfyui.ts')
    const pidFile = join(directory, 'pid')
    const args = ['--data', dataDir, '--', process.execPath, program, pidFile]
    await using up = await startUp(args, { env })
    await up.says(/ComfyUI is up, and guarded\./)
    await until(async () => ((await fetch(`${up.address}/ready`)).status === 200 ? true : undefined))
    const pid = Number(readFileSync(pidFile, 'utf8'))
    expect(() => process.kill(pid, 0)).not.toThrow()
    up.process.kill('SIGINT')
    expect(await up.ended).toMatchObject({ code: 0, signal: null })
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})
