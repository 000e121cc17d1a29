/** How is a practice ComfyUI led step by step? What runs is let through by the test, which knows when all is still. */
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { Comfyui } from './comfyui.ts'

export interface Steps {
  /** While held: lets the prompt that runs through to its end. */
  readonly letThrough: () => void
  /** Waits until nothing runs, or what runs is held, and every socket has read what it was sent. */
  readonly still: () => Promise<void>
  /** Ids, in no order. */
  readonly jobs: () => Readonly<Record<'running' | 'pending' | 'finished', readonly string[]>>
  /** Sends a frame to every socket, as a node or a pack can. */
  readonly emit: (frame: string | Buffer) => void
  /** Cuts every socket and nothing else. */
  readonly cut: () => void
  /** The prompt of a job: node ids as ComfyUI knows them. */
  readonly nodes: (id: string) => readonly string[]
  /** So much of an upload still fits on the disk; undefined: everything. */
  readonly fillDisk: (freeBytes: number | undefined) => void
  /** A worker with nothing behind it: no history, no caches, no files. Models stay. */
  readonly forget: () => void
}

export function createSteps(comfyui: () => Comfyui): Steps {
  return {
    letThrough: () => comfyui().gate.letThrough(),
    still: async () => {
      const { worker, gate, connected } = comfyui()
      while (worker.isBusy() && !gate.isWaiting()) await nextTurn()
      await Promise.all([...connected].map(hasRead))
    },
    jobs: () => ({
      running: comfyui().queue.running().map(idOf),
      pending: comfyui().queue.pending().map(idOf),
      finished: [...comfyui().queue.history.keys()].map(String),
    }),
    emit: (frame) => {
      for (const socket of comfyui().connected) socket.send(frame)
    },
    cut: () => {
      for (const socket of comfyui().connected) socket.terminate()
    },
    nodes: (id) => {
      const { queue } = comfyui()
      const item = [...queue.running(), ...queue.pending()].find(({ promptId }) => promptId === id)
      return [...(item?.prompt.keys() ?? [])].map(String)
    },
    fillDisk: (freeBytes) => {
      comfyui().disk.freeBytes = freeBytes ?? Number.POSITIVE_INFINITY
    },
    forget: () => {
      const { queue, cache, users, directories } = comfyui()
      queue.wipeHistory()
      cache.clear()
      users.clear()
      users.set('default', 'default')
      for (const folder of [directories.input, directories.output, directories.temp, directories.user]) empty(folder)
    },
  }
}

/** The answer to a ping comes behind everything that was sent before it. */
export async function hasRead(socket: WebSocket): Promise<void> {
  if (socket.readyState !== socket.OPEN) return
  const heard = new AbortController()
  const ends = ['pong', 'close'].map((event) => once(socket, event, { signal: heard.signal }).catch(() => undefined))
  socket.ping()
  await Promise.race(ends)
  heard.abort()
}

function idOf({ promptId }: { readonly promptId: string }): string {
  return promptId
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}
