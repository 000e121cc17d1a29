/**
 * How does a real ComfyUI take the place of the practice one in the test world? The matrix starts it, with a pack that
 * holds it, and names it in the environment; each world empties one, and hears what it is asked through a proxy.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { PracticeComfyui } from '../practice-comfyui/start.ts'
import { startRealComfyui } from './real-comfyui.ts'
import { startRecordingProxy } from './recording-proxy.ts'

export interface RealUpstream {
  readonly url: string
  readonly baseDirectory: string
  /** While it is there, no node starts. */
  readonly holdFile: string
}

export const realUpstreamsVariable = 'GATEHOUSE_TEST_UPSTREAMS'

const packs = [join(import.meta.dirname, 'hold-pack'), join(import.meta.dirname, '../contract/practice-pack')]
const pollMs = 50
const idleMs = 30_000

/** A real ComfyUI on which worlds can stand. Whoever starts it closes it: the tests only borrow it. */
export async function startRealUpstream(args: readonly string[] = []): Promise<RealUpstream & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-hold-'))
  const holdFile = join(folder, 'held')
  const comfyui = await startRealComfyui({ customNodes: packs, args, env: { GATEHOUSE_TEST_HOLD_FILE: holdFile } })
  return {
    url: comfyui.url,
    baseDirectory: comfyui.baseDirectory,
    holdFile,
    [Symbol.asyncDispose]: async () => {
      await comfyui.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whether worlds are to stand on a real ComfyUI (`pnpm test:matrix`). */
export function wantsRealUpstream(): boolean {
  return process.env[realUpstreamsVariable] !== undefined
}

const free: RealUpstream[] = parseUpstreams(process.env[realUpstreamsVariable] ?? '[]')

/** An emptied one; what a real ComfyUI cannot be asked for, it throws at. */
export async function borrowRealUpstream(): Promise<PracticeComfyui> {
  const upstream = free.pop()
  if (upstream === undefined) throw new Error('more worlds stand at once than the matrix started ComfyUIs')
  await empty(upstream)
  const proxy = await startRecordingProxy(upstream.url)
  return inPlaceOfPractice(upstream, proxy, async () => {
    await proxy.close()
    free.push(upstream)
  })
}

/** One of the caller's own, with this frontend; what it hears is on record with whoever asks it. */
export async function startOwnUpstream(frontendRoot: string): Promise<PracticeComfyui> {
  const upstream = await startRealUpstream(['--front-end-root', frontendRoot])
  const heardElsewhere = { url: upstream.url, port: 0, requests: [], forgetRequests: () => undefined }
  return inPlaceOfPractice(upstream, heardElsewhere, async () => upstream[Symbol.asyncDispose]())
}

function inPlaceOfPractice(
  { baseDirectory, holdFile }: RealUpstream,
  heard: Pick<PracticeComfyui, 'url' | 'port' | 'requests' | 'forgetRequests'>,
  close: () => Promise<void>,
): PracticeComfyui {
  const { url, port, requests, forgetRequests } = heard
  return {
    ...{ url, port, requests, forgetRequests, baseDirectory },
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

/** How the error begins with which a sentence ends that needs what a real ComfyUI cannot be asked for. */
export const onlyPractice = 'only the practice ComfyUI can'

function cannot(what: string): never {
  throw new Error(`${onlyPractice} ${what}`)
}

async function empty({ url, baseDirectory, holdFile }: RealUpstream): Promise<void> {
  rmSync(holdFile, { force: true })
  const post = async (path: string, body: unknown) =>
    await (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })).body?.cancel()
  await post('/queue', { clear: true })
  const deadline = Date.now() + idleMs
  while (!(await isIdle(url))) {
    if (Date.now() > deadline) throw new Error('the ComfyUI of the last world does not come to rest')
    await post('/interrupt', {})
    await delay(pollMs)
  }
  await post('/history', { clear: true })
  await post('/free', { unload_models: true, free_memory: true })
  for (const folder of ['input', 'output', 'temp', join('user', 'default')]) {
    const path = join(baseDirectory, folder)
    if (!existsSync(path)) continue
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true })
  }
}

async function isIdle(url: string): Promise<boolean> {
  const answer: unknown = await (await fetch(`${url}/prompt`)).json()
  return JSON.stringify(answer) === '{"exec_info":{"queue_remaining":0}}'
}

function parseUpstreams(text: string): RealUpstream[] {
  return JSON.parse(text) as RealUpstream[]
}
