/** May a node run now? Tests hold the worker at node boundaries; an interrupt gets through a closed gate. */
import { Interrupted } from '../nodes/node-class.ts'

export interface Gate {
  readonly hold: () => void
  readonly release: () => void
  /** Another prompt begins: what was let through was the one before it. */
  readonly enter: () => void
  /** Lets the prompt that runs now through to its end, and no other. */
  readonly letThrough: () => void
  /** Whether a node waits to be let through. */
  readonly isWaiting: () => boolean
  /** Waits while held. @throws Interrupted */
  readonly pass: () => Promise<void>
  /** Waits some milliseconds, or until interrupted; the flag is seen at the next tick. */
  readonly pause: (milliseconds: number) => Promise<void>
  /** ComfyUI's global flag: it lands on whatever runs. */
  readonly interrupt: () => void
  /** @throws Interrupted, and forgets the interrupt */
  readonly throwIfInterrupted: () => void
}

export function createGate(): Gate {
  let held = false
  let isLetThrough = false
  let heldCount = 0
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
  // Counted down the moment it is woken, not when it goes on.
  const holding = () => {
    heldCount += 1
    return () => {
      heldCount -= 1
    }
  }
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
    enter: () => {
      interrupted = false
      isLetThrough = false
    },
    letThrough: () => {
      isLetThrough = true
      wakeAll()
    },
    isWaiting: () => heldCount > 0,
    pass: async () => {
      while (held && !isLetThrough && !interrupted) await woken(holding)
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
    throwIfInterrupted,
  }
}
