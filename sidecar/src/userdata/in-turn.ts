/** Who changes a tenant's files next? One change at a time per key, in the order they came. */

const tails = new Map<string, Promise<unknown>>()

/** Runs `change` after every earlier one of the same key has ended, however it ended. */
export async function inTurn<Result>(key: string, change: () => Promise<Result>): Promise<Result> {
  const earlier = tails.get(key) ?? Promise.resolve()
  const own = earlier.then(change, change)
  tails.set(key, own)
  try {
    return await own
  } finally {
    if (tails.get(key) === own) tails.delete(key)
  }
}
