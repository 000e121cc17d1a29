/** Does the client know the id of its job yet? Its events wait for the answer, as ComfyUI writes it before them. */
import type { Clock } from './ports.ts'

/** Milliseconds: ComfyUI may run a prompt without ever answering its POST, and everybody's events wait behind it. */
const patienceMs = 500

export interface Untold {
  /** A prompt is about to be sent; the result says that its client was answered. */
  begin(upstreamId: string): () => void
  /** Resolves when the answer is on its way, at once for prompts that were answered. */
  told(upstreamId: string): Promise<void>
}

export function createUntold(clock: Pick<Clock, 'after'>): Untold {
  const waiting = new Map<string, PromiseWithResolvers<void>>()
  return {
    begin: (upstreamId) => {
      const answered = Promise.withResolvers<void>()
      waiting.set(upstreamId, answered)
      // What is still to do with the answer are steps without waiting: after them it is written.
      return () => {
        setImmediate(() => {
          waiting.delete(upstreamId)
          answered.resolve()
        })
      }
    },
    told: async (upstreamId) => {
      const answered = waiting.get(upstreamId)
      if (answered === undefined) return
      const cancel = clock.after(patienceMs, answered.resolve)
      await answered.promise
      cancel()
    },
  }
}
