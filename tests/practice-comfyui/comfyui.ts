/** What is the state of one ComfyUI process, shared by all its routes? */
import type { WebSocket } from 'ws'
import type { Directories } from './directories.ts'
import { createGate, type Gate } from './execution/gate.ts'
import { createOutputCache, type OutputCache } from './execution/output-cache.ts'
import { createPromptQueue, type PromptQueue } from './execution/prompt-queue.ts'
import { type Addressee, createSockets, type Sockets } from './execution/sockets.ts'
import { createWorker, type Worker } from './execution/worker.ts'
import { createLogBuffer, type LogBuffer } from './log-buffer.ts'
import { type AddedClass, createCatalogue } from './nodes/catalogue.ts'
import type { NodeClass } from './nodes/node-class.ts'
import { dict, type PythonDict } from './python/values.ts'

export interface Comfyui {
  readonly directories: Directories
  readonly frontendRoot: string | undefined
  /** Whether the page opens with a graph that runs without models. */
  readonly welcome: boolean
  readonly argv: readonly string[]
  readonly catalogue: ReadonlyMap<string, NodeClass>
  readonly queue: PromptQueue
  readonly sockets: Sockets
  readonly cache: OutputCache
  readonly gate: Gate
  readonly worker: Worker
  readonly logs: LogBuffer
  /** The counter that numbers prompts; every POST /prompt without a number uses one up. */
  readonly nextNumber: () => number
  readonly currentClient: () => Addressee
  readonly lastNode: () => string | undefined
  readonly queueInfo: () => PythonDict
  readonly users: Map<string, string>
  readonly connected: Set<WebSocket>
  /** What still fits on the disk that uploads go to. */
  readonly disk: { freeBytes: number }
}

export interface ComfyuiParts {
  readonly directories: Directories
  readonly frontendRoot: string | undefined
  /** Whether the page opens with a graph that runs without models. */
  readonly welcome: boolean
  readonly argv: readonly string[]
  /** Called where the real process would end. */
  readonly onExit: () => void
  readonly added?: Readonly<Record<string, AddedClass>>
  readonly keepsCaches?: boolean
}

export function createComfyui(parts: ComfyuiParts): Comfyui {
  const catalogue = createCatalogue(parts.added)
  const sockets = createSockets(parts.onExit)
  const queueInfo = () => dict({ exec_info: { queue_remaining: queue.remaining() } })
  const queue = createPromptQueue(() => sockets.sendEvent('status', { status: queueInfo() }, undefined))
  const cache = createOutputCache(catalogue, { keepsAll: parts.keepsCaches === true })
  const gate = createGate()
  const logs = createLogBuffer(sockets)
  let client: Addressee
  let lastNode: string | undefined
  let number = 0
  const world = {
    catalogue,
    directories: parts.directories,
    sockets,
    cache,
    gate,
    setClient: (next: Addressee) => {
      client = next
    },
    setLastNode: (next: string | undefined) => {
      lastNode = next
    },
  }
  const worker = createWorker(queue, world, logs.threadEnded)
  return {
    ...parts,
    catalogue,
    queue,
    sockets,
    cache,
    gate,
    worker,
    logs,
    nextNumber: () => number++,
    currentClient: () => client,
    lastNode: () => lastNode,
    queueInfo,
    users: new Map([['default', 'default']]),
    connected: new Set(),
    disk: { freeBytes: Number.POSITIVE_INFINITY },
  }
}
