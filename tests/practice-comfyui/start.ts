/** How is a practice ComfyUI started, held, broken and restarted? */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createComfyuiRouter } from './all-routes.ts'
import { type Comfyui, createComfyui } from './comfyui.ts'
import { createDirectories } from './directories.ts'
import { createGuard } from './guard.ts'
import { createHttpServer, type RecordedRequest } from './http-server.ts'
import type { AddedClass } from './nodes/catalogue.ts'
import { createSteps, type Steps } from './steps.ts'

export type { RecordedRequest } from './http-server.ts'

export interface PracticeComfyuiOptions {
  /** 0 or absent: a free one. */
  readonly port?: number
  readonly host?: string
  /** Gets input, output, temp, user and models. A temporary one, removed on close, when absent. */
  readonly baseDirectory?: string
  /** The static folder of the stock frontend; a page that says what is missing when absent. */
  readonly frontendRoot?: string
  /** Opens the page with a graph that runs without models, instead of the stock one. */
  readonly welcome?: boolean
  readonly recordRequests?: boolean
  /** Classes beside those of the catalogue. */
  readonly added?: Readonly<Record<string, AddedClass>>
  /** Results and node instances are never dropped, as if memory had no end. */
  readonly keepsCaches?: boolean
  /** Demands `X-Gatehouse-Guard` on everything, as the companion pack does. */
  readonly guardSecret?: string
}

export interface PracticeComfyui extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly baseDirectory: string
  /** Everything that arrived, when `recordRequests` is set. */
  readonly requests: readonly RecordedRequest[]
  readonly forgetRequests: () => void
  /** No node starts until `release`; the running prompt stays running. An interrupt still gets through. */
  readonly hold: () => void
  readonly release: () => void
  /** The worker ends as it does on a poisoned prompt: the server answers, nothing runs any more. */
  readonly killWorker: () => void
  readonly isWorkerAlive: () => boolean
  /** Cuts every connection and comes back on the same port as a new process. */
  readonly restart: (options?: { readonly loseQueue?: boolean }) => Promise<void>
  /** Stops listening and cuts every connection, as a process that ended; `resume` brings it back. */
  readonly stop: () => Promise<void>
  readonly resume: () => Promise<void>
  readonly close: () => Promise<void>
}

const exitDelayMs = 50

/** A practice ComfyUI that a test leads step by step. */
export interface SteppedComfyui extends PracticeComfyui {
  readonly steps: Steps
}

export async function startPracticeComfyui(options: PracticeComfyuiOptions = {}): Promise<SteppedComfyui> {
  const host = options.host ?? '127.0.0.1'
  const ownDirectory = options.baseDirectory === undefined
  const baseDirectory = resolve(options.baseDirectory ?? mkdtempSync(join(tmpdir(), 'gatehouse-practice-')))
  const requests: RecordedRequest[] = []
  let port = options.port ?? 0
  // The real process ends a moment later, when its event loop notices: the answer under way still gets out.
  const exit = () => void setTimeout(() => void stop(), exitDelayMs)
  let process = boot(options, baseDirectory, exit)
  const server = createHttpServer({
    comfyui: () => process.comfyui,
    router: () => process.router,
    guard: createGuard(options.guardSecret),
    record: (request) => {
      if (options.recordRequests === true) requests.push(request)
    },
  })
  port = await listen(server, port, host)
  const stop = async () => {
    process.comfyui.worker.kill()
    for (const socket of process.comfyui.connected) socket.terminate()
    server.closeAllConnections()
    if (server.listening) await new Promise<void>((done) => server.close(() => done()))
  }
  const resume = async (loseQueue = true) => {
    process = boot(options, baseDirectory, exit, loseQueue ? undefined : process.comfyui)
    await listen(server, port, host)
  }
  const close = async () => {
    await stop()
    if (ownDirectory) rmSync(baseDirectory, { recursive: true, force: true })
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    baseDirectory,
    requests,
    forgetRequests: () => requests.splice(0),
    hold: () => process.comfyui.gate.hold(),
    release: () => process.comfyui.gate.release(),
    killWorker: () => {
      process.comfyui.worker.kill()
      process.comfyui.logs.threadEnded("KeyError: 'inputs'")
    },
    isWorkerAlive: () => process.comfyui.worker.isAlive(),
    restart: async ({ loseQueue = true } = {}) => {
      await stop()
      await resume(loseQueue)
    },
    stop,
    resume: () => resume(),
    close,
    steps: createSteps(() => process.comfyui),
    [Symbol.asyncDispose]: close,
  }
}

// A new process: temp is emptied, and what was only in memory is gone.
function boot(options: PracticeComfyuiOptions, baseDirectory: string, onExit: () => void, previous?: Comfyui) {
  rmSync(join(baseDirectory, 'temp'), { recursive: true, force: true })
  const comfyui = createComfyui({
    directories: createDirectories(baseDirectory),
    frontendRoot: options.frontendRoot,
    welcome: options.welcome === true,
    argv: ['main.py', '--cpu', '--base-directory', baseDirectory],
    onExit,
    ...(options.added === undefined ? {} : { added: options.added }),
    keepsCaches: options.keepsCaches === true,
  })
  for (const item of previous?.queue.pending() ?? []) comfyui.queue.put(item)
  comfyui.logs.write('Starting server')
  comfyui.worker.start()
  return { comfyui, router: createComfyuiRouter(comfyui, options.guardSecret !== undefined) }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      const address = server.address()
      done(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
