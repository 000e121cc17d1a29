/** May a node run now? Tests hold the worker at node boundaries; an interrupt gets through a closed gate. */
import { Interrupted } from '../nodes/node-class.ts'

export interface Gate {
  readonly hold: () => void
  readonly release: () => void
  /** Waits while held. @throws Interrupted */
  readonly pass: () => Promise<void>
  /** Waits some milliseconds, or until interrupted; the flag is seen at the next tick. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** ComfyUI's global flag: it lands on whatever runs. */
  readonly interrupt: () => void
  readonly resetInterrupt: () => void
  /** @throws Interrupted, and forgets the interrupt */
  readonly throwIfInterrupted: () => void
}

export function createGate(): Gate {
  let held = false
  let interrupted = false
  const waiting = new Set<() => void>()
  const wakeAll = () => {
    for (const wake of [...waiting]) wake()
  }
  const woken = (start: (wake: () => void) => () => void) =>
    new Promise<void>((done) => {
      let stop = () => {}
      const wake = () => {
        waiting.delete(wake)
        stop()
        done()
      }
      waiting.add(wake)
      stop = start(wake)
    })
  const throwIfInterrupted = () => {
    if (!interrupted) return
    interrupted = false
    throw new Interrupted('interrupted')
  }
  return {
    hold: () => {
      held = true
    },
    release: () => {
      held = false
      wakeAll()
    },
    pass: async () => {
      while (held && !interrupted) await woken(() => () => {})
      throwIfInterrupted()
    },
    pause: async (milliseconds) => {
      if (interrupted) return
      await woken((wake) => {
        const timer = setTimeout(wake, milliseconds)
        return () => clearTimeout(timer)
      })
    },
    interrupt: () => {
      interrupted = true
      wakeAll()
    },
    resetInterrupt: () => {
      interrupted = false
    },
    throwIfInterrupted,
  }
}
