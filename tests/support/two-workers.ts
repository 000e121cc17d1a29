/** What do sentences about several workers stand on? One sidecar in front of two ComfyUI processes, and a placement that can change. */
import type { Config } from '../../sidecar/src/config/config.ts'
import { type PracticeComfyui, type RecordedRequest, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { type Person, until } from './person.ts'
import { startRealComfyui } from './real-comfyui.ts'
import { startRecordingProxy } from './recording-proxy.ts'
import { createWorld, type World } from './world.ts'

/** One ComfyUI, and everything that arrived at it. */
export interface Heard {
  readonly url: string
  readonly baseDirectory: () => string
  readonly requests: readonly RecordedRequest[]
  readonly forgetRequests: () => void
  /** Practice ones only. */
  readonly hold?: () => void
  readonly release?: () => void
  /** Ends the process, and what it had in memory with it; `resume` starts another at the same address. */
  readonly stop: () => Promise<void>
  readonly resume: () => Promise<void>
  readonly close: () => Promise<void>
}

type Setting = Pick<Config, 'placement' | 'workers'>

export interface TwoWorkers extends AsyncDisposable {
  readonly world: World
  /** `comfyui.url`. */
  readonly first: Heard
  /** `workers[0]`, called `second`. */
  readonly second: Heard
  /** What arrived since `forget`, without the sidecar's own looks at what it had posted there itself. */
  heardBy(heard: Heard): readonly string[]
  forget(): void
  /** Restarts the sidecar under another configuration; without any: as it was. `partly`: one does not answer. */
  restart(setting?: Partial<Setting> & { readonly partly?: boolean }): Promise<void>
}

/** Acme is placed on the second worker, everybody else on the default one. */
export async function createTwoWorkers(start: () => Promise<Heard>): Promise<TwoWorkers> {
  const first = await start()
  const second = await start()
  let setting: Setting = { workers: [{ name: 'second', url: second.url }], placement: [] }
  const world = await createWorld({ comfyuiUrl: first.url, config: (config) => ({ ...config, ...setting }) })
  const restart: TwoWorkers['restart'] = async ({ partly = false, ...next } = {}) => {
    setting = { ...setting, ...next }
    await world.restartSidecar()
    await comfyuiIs(world.olga, partly ? 'partly' : 'up')
  }
  await restart({ placement: [{ tenant: 'acme', worker: 'second' }] })
  const posted = new Map<Heard, Set<string>>([first, second].map((heard) => [heard, new Set()]))
  const remember = (): void => {
    for (const [{ requests }, ids] of posted)
      for (const request of requests) for (const id of idsIn(request)) ids.add(id)
  }
  return {
    world,
    first,
    second,
    heardBy: (heard) => {
      remember()
      const own = posted.get(heard) ?? new Set()
      return heard.requests.filter((request) => !isOwnLook(request, own)).map(lineOf)
    },
    forget: () => {
      remember()
      first.forgetRequests()
      second.forgetRequests()
    },
    restart,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]()
      await first.close()
      await second.close()
    },
  }
}

function idsIn({ method, url, body }: RecordedRequest): readonly string[] {
  if (method !== 'POST' || !url.endsWith('/prompt')) return []
  return [...body.toString('utf8').matchAll(/"prompt_id":\s*"([^"]+)"/g)].map(([, id]) => id ?? '')
}

/** The queue, the log, the socket, and the history of a prompt that this ComfyUI was sent: of nobody's else. */
function isOwnLook({ method, url }: RecordedRequest, posted: ReadonlySet<string>): boolean {
  if (method === 'PATCH') return url === '/internal/logs/subscribe'
  if (method !== 'GET') return false
  return url === '/queue' || url.startsWith('/ws?') || posted.has(/^\/history\/(.+)$/.exec(url)?.[1] ?? '')
}

function lineOf({ method, url, body }: RecordedRequest): string {
  return `${method} ${url} ${body.toString('latin1')}`
}

export async function comfyuiIs(person: Person, state: 'up' | 'partly' | 'down'): Promise<void> {
  await until(async () => ((await person.json('/ready')).comfyui === state ? true : undefined), 60_000)
}

/** A practice ComfyUI, which can be held, too. */
export async function startPractice(): Promise<Heard & Pick<PracticeComfyui, 'hold' | 'release'>> {
  const practice = await startPracticeComfyui({ recordRequests: true })
  return { ...practice, baseDirectory: () => practice.baseDirectory, requests: practice.requests }
}

/** A real one behind a proxy that remembers what it heard. */
export async function startReal(): Promise<Heard> {
  let comfyui = await startRealComfyui()
  const proxy = await startRecordingProxy(comfyui.url)
  return {
    url: proxy.url,
    baseDirectory: () => comfyui.baseDirectory,
    requests: proxy.requests,
    forgetRequests: proxy.forgetRequests,
    stop: () => comfyui.close(),
    resume: async () => {
      comfyui = await startRealComfyui({ port: comfyui.port })
    },
    close: async () => {
      await proxy.close()
      await comfyui.close()
    },
  }
}
