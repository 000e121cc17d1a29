/** Who takes prompts from the queue? One worker, one prompt at a time; an odd prompt ends it and nothing runs again. */
import { dict, type PythonDict } from '../python/values.ts'
import { type PromptQueue, publicItem } from './prompt-queue.ts'
import { type ExecutionWorld, runPrompt } from './run-prompt.ts'

export interface Worker {
  readonly start: () => void
  /** Takes nothing more; what runs stays "running" for ever. */
  readonly kill: () => void
  readonly isAlive: () => boolean
  readonly isBusy: () => boolean
  readonly setFlag: (flag: 'free_memory' | 'unload_models') => void
}

export function createWorker(queue: PromptQueue, world: ExecutionWorld, threadEnded: (error: string) => void): Worker {
  let alive = false
  let busy = false
  let generation = 0
  let freeMemory = false
  const freeWhenAsked = () => {
    if (freeMemory) world.cache.clear()
    freeMemory = false
  }
  const work = async () => {
    if (busy || !alive) return
    busy = true
    const mine = generation
    const current = () => alive && mine === generation
    try {
      for (let next = queue.take(); next !== undefined && current(); next = queue.take()) {
        const { item, slot } = next
        const outcome = await runPrompt(world, item)
        if (!current()) return
        queue.done(slot, (running): PythonDict => {
          const status = { status_str: outcome.success ? 'success' : 'error', completed: outcome.success }
          return dict({
            prompt: publicItem(running),
            outputs: outcome.outputs,
            status: { ...status, messages: outcome.messages },
            meta: outcome.meta,
          })
        })
        const client = item.extraData.get('client_id')
        if (client !== undefined && client !== null) {
          world.sockets.sendEvent('executing', { node: null, prompt_id: item.promptId }, client)
        }
        freeWhenAsked()
      }
    } catch (error) {
      // What is raised outside a node leaves the worker thread: the server goes on accepting, nothing runs.
      if (current()) alive = false
      threadEnded(String(error))
    } finally {
      if (mine === generation) busy = false
    }
  }
  queue.onWaiting(() => void work())
  return {
    start: () => {
      generation += 1
      alive = true
      busy = false
      void work()
    },
    kill: () => {
      generation += 1
      alive = false
    },
    isAlive: () => alive,
    isBusy: () => busy,
    setFlag: (flag) => {
      if (flag === 'free_memory') freeMemory = true
      if (!busy) freeWhenAsked()
    },
  }
}
