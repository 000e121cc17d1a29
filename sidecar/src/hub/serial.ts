/** In which order do things happen in the hub? One after the other, as they came. */

export interface Serial {
  /** Runs `task` after everything before it; a task that fails is reported and holds nobody up. */
  add(task: () => Promise<void> | void): void
  /** Resolves when everything added so far is done. */
  idle(): Promise<void>
}

export function createSerial(failed: (cause: unknown) => void): Serial {
  const waiting: (() => Promise<void> | void)[] = []
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      try {
        await task()
      } catch (cause) {
        failed(cause)
      }
    }
    running = undefined
  }
  return {
    add: (task) => {
      waiting.push(task)
      running ??= Promise.resolve().then(run)
    },
    idle: () => running ?? Promise.resolve(),
  }
}
