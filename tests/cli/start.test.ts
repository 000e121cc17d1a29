/** Does `pnpm start` find a ComfyUI or stand in for one, and leave nothing running behind? */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPracticeComfyui } from '../practice-comfyui/start.ts'
import { until } from '../support/person.ts'
import { closedPort, listens, type Running, repositoryRoot, startProgram } from './gatehouse.ts'

const timeout = 120_000
const standInBanner = /PRACTICE ComfyUI: nothing answers at http:\/\/127\.0\.0\.1:8188 and COMFYUI_URL is not set/

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-start-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const own = { HOME: directory, GATEHOUSE_DATA_DIR: join(directory, 'data'), ...env }
  return startProgram(process.execPath, [join(repositoryRoot, 'scripts', 'start.ts'), ...args], { env: own })
}

/** Everything it started is in one tree: ends with it, and with code 0, however often it is told. */
async function stopsCleanly(running: Running, ports: readonly number[]): Promise<void> {
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) running.process.kill(signal)
  expect(await running.ended).toMatchObject({ code: 0, signal: null })
  for (const port of ports) expect(await listens(port)).toBe(false)
}

const isReady = (address: string) =>
  until(async () => {
    const { comfyui } = await (await fetch(`${address}/ready`)).json()
    return comfyui === 'up' ? true : undefined
  })

describe('pnpm start', { timeout }, () => {
  it('runs in front of the ComfyUI that COMFYUI_URL names', async () => {
    await using practice = await startPracticeComfyui()
    await using running = start(['--listen', '127.0.0.1:0'], { COMFYUI_URL: practice.url })
    const [, address = ''] = await running.says(/Gatehouse is at (http\S+)/)
    await isReady(address)
    expect(running.stdout()).not.toMatch(standInBanner)
    await stopsCleanly(running, [Number(new URL(address).port)])
  })

  it('waits for a ComfyUI that was named and is down, instead of standing in', async () => {
    const down = `http://127.0.0.1:${await closedPort()}`
    await using running = start(['--', '--listen', '127.0.0.1:0', `--comfyui=${down}`])
    const [, address = ''] = await running.says(/Gatehouse is at (http\S+)/)
    expect(await (await fetch(`${address}/ready`)).json()).toMatchObject({ ready: false, comfyui: 'down' })
    expect(running.stdout()).not.toMatch(standInBanner)
    await stopsCleanly(running, [Number(new URL(address).port)])
  })

  it('stands in, loudly, where nobody is named and nobody answers', async ({ skip }) => {
    if (await listens(8188)) skip('a ComfyUI runs on this machine, and is used')
    await using running = start(['--listen', '127.0.0.1:0'])
    await running.says(standInBanner)
    const [, address = ''] = await running.says(/Gatehouse is at (http\S+)/)
    await running.says(/No owner exists yet\. Create one, once, at http\S+\/setup#token=\S+/)
    await isReady(address)
    await stopsCleanly(running, [Number(new URL(address).port)])
  })

  it('names the port that is taken with its cure, and leaves no stand-in behind', async () => {
    await using practice = await startPracticeComfyui()
    const taken = await start(['--listen', `127.0.0.1:${practice.port}`], { COMFYUI_URL: '' }).ended
    expect(taken).toMatchObject({ code: 1, signal: null })
    expect(taken.stderr).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken by another program\. Stop it, or choose another/m)
    expect(taken.stderr).not.toMatch(/^\s+at /m)
  })
})
