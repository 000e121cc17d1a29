/** How does a loop wait without holding up its own end? */

/** Settles after `durationMs`, or early and without an error when the signal ends the wait. */
export function pause(durationMs: number, until: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (until.aborted) return done()
    const wake = () => {
      clearTimeout(timer)
      until.removeEventListener('abort', wake)
      done()
    }
    const timer = setTimeout(wake, durationMs)
    until.addEventListener('abort', wake)
  })
}
