/** How is something asked of ComfyUI that an answer of our own can do without? For a moment, and without an error. */

/** Undefined when it fails or takes longer than `limitMs`. */
export function inTime<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), limitMs)
    promise
      .catch(() => undefined)
      .then((value) => {
        clearTimeout(timer)
        resolve(value)
      })
  })
}
