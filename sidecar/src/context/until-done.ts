/** How is something done that must not be left undone? Again after a while, for as long as the store or ComfyUI does not answer. */

export interface UntilDone {
  /** Behind the try that is under way; once, however often it is asked for until then. */
  run(): void
  /** Resolves when no try is under way any more. */
  stop(): Promise<void>
}

/** Milliseconds between two tries. */
const retryMs = 1_000

/** `failed` is told of each try that did not do it. */
export function untilDone(task: () => Promise<void>, failed: (error: unknown) => void): UntilDone {
  let last = Promise.resolve()
  let isWaiting = false
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const run = (): void => {
    if (isWaiting) return
    isWaiting = true
    clearTimeout(timer)
    last = last
      .then(() => {
        isWaiting = false
        return isOver ? undefined : task()
      })
      .catch((error: unknown) => {
        if (isOver) return
        failed(error)
        clearTimeout(timer)
        timer = setTimeout(run, retryMs).unref()
      })
  }
  return {
    run,
    stop: () => {
      isOver = true
      clearTimeout(timer)
      return last
    },
  }
}
