/** Who waits for whom? Two small locks: one queue per key, and a gate that one may close for all others. */

export interface KeyedLock<Key> {
  <T>(key: Key, task: () => Promise<T>): Promise<T>
  /** Keys of which a task runs or waits. */
  busy(): readonly Key[]
}

/** Runs the tasks of one key one after the other. */
export function createKeyedLock<Key>(): KeyedLock<Key> {
  const tails = new Map<Key, Promise<unknown>>()
  const inTurn = async <T>(key: Key, task: () => Promise<T>): Promise<T> => {
    const before = tails.get(key) ?? Promise.resolve()
    const run = before.then(task, task)
    // The chain must go on after a task that failed; its own caller gets the error from `run`.
    const tail = run.catch(() => undefined)
    tails.set(key, tail)
    try {
      return await run
    } finally {
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
  return Object.assign(inTurn, { busy: () => [...tails.keys()] })
}

export interface Gate {
  /** Runs beside other shared tasks, never beside an exclusive one. */
  shared<T>(task: () => Promise<T>): Promise<T>
  /** Waits for every task before it, and lets later ones wait. */
  exclusive<T>(task: () => Promise<T>): Promise<T>
}

export function createGate(): Gate {
  let closed: Promise<unknown> = Promise.resolve()
  let open = new Set<Promise<unknown>>()
  return {
    shared: async (task) => {
      const run = closed.then(task)
      const settled = run.catch(() => undefined)
      const mine = open
      mine.add(settled)
      try {
        return await run
      } finally {
        mine.delete(settled)
      }
    },
    exclusive: (task) => {
      const earlier = [closed, ...open]
      open = new Set()
      const run = Promise.all(earlier).then(task)
      closed = run.catch(() => undefined)
      return run
    },
  }
}
