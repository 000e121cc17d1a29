/** When are those asked about whose time has come? Every second, for as long as the sidecar runs. */

/** Milliseconds between two looks. */
const roundMs = 1_000

/** Never two rounds at once; the result ends them. */
export function everySoOften(run: () => Promise<void>): () => void {
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const next = (): void => {
    if (!isOver) timer = setTimeout(() => void run().finally(next), roundMs).unref()
  }
  next()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
