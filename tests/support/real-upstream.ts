/**
 * How does a real ComfyUI take the place of the practice one in the test world? It is held by a pack of ours, heard
 * through a recording proxy, and used again, emptied, by the next world of the same file.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PracticeComfyui } from '../practice-comfyui/start.ts'
import { type RealComfyui, startRealComfyui } from './real-comfyui.ts'
import { startRecordingProxy } from './recording-proxy.ts'

/** Whether the sentences are to be told in front of a real ComfyUI (`pnpm test:matrix`). */
export function wantsRealUpstream(): boolean {
  return process.env.GATEHOUSE_TEST_UPSTREAM === 'real'
}

interface Instance {
  readonly comfyui: RealComfyui
  readonly holdFile: string
}

const packs = [join(import.meta.dirname, 'hold-pack'), join(import.meta.dirname, '../contract/practice-pack')]
const free: Instance[] = []
const pollMs = 50
const idleMs = 30_000

/** A real ComfyUI with nothing in it, that can do what a stopped, broken or restarted one cannot be asked for. */
export async function borrowRealUpstream(): Promise<PracticeComfyui> {
  const instance = free.pop() ?? (await startInstance())
  await empty(instance)
  const { comfyui, holdFile } = instance
  const proxy = await startRecordingProxy(comfyui.url)
  const close = async () => {
    await proxy.close()
    free.push(instance)
  }
  return {
    url: proxy.url,
    port: proxy.port,
    baseDirectory: comfyui.baseDirectory,
    requests: proxy.requests,
    forgetRequests: proxy.forgetRequests,
    hold: () => writeFileSync(holdFile, ''),
    release: () => rmSync(holdFile, { force: true }),
    isWorkerAlive: () => true,
    killWorker: () => cannot('end the worker'),
    restart: () => cannot('restart at once'),
    stop: () => cannot('stop'),
    resume: () => cannot('resume'),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A sentence that needs it is told to the practice ComfyUI alone. */
function cannot(what: string): never {
  throw new Error(`only the practice ComfyUI can ${what}`)
}

async function startInstance(): Promise<Instance> {
  const holdFile = join(tmpdir(), `gatehouse-hold-${crypto.randomUUID()}`)
  const comfyui = await startRealComfyui({ customNodes: packs, env: { GATEHOUSE_TEST_HOLD_FILE: holdFile } })
  return { comfyui, holdFile }
}

async function empty({ comfyui, holdFile }: Instance): Promise<void> {
  rmSync(holdFile, { force: true })
  const post = async (path: string, body: unknown) =>
    await (await fetch(`${comfyui.url}${path}`, { method: 'POST', body: JSON.stringify(body) })).body?.cancel()
  await post('/queue', { clear: true })
  const deadline = Date.now() + idleMs
  while (!(await isIdle(comfyui.url))) {
    if (Date.now() > deadline) throw new Error('the ComfyUI of the last world does not come to rest')
    await post('/interrupt', {})
    await delay(pollMs)
  }
  await post('/history', { clear: true })
  await post('/free', { unload_models: true, free_memory: true })
  for (const folder of ['input', 'output', 'temp', join('user', 'default')]) {
    const path = join(comfyui.baseDirectory, folder)
    if (!existsSync(path)) continue
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true })
  }
}

async function isIdle(url: string): Promise<boolean> {
  const answer: unknown = await (await fetch(`${url}/prompt`)).json()
  return JSON.stringify(answer) === '{"exec_info":{"queue_remaining":0}}'
}
