/** What do signals ask of a running sidecar? To stop, or, where a configuration file was named, to read it again. */
import { closeSync, openSync } from 'node:fs'

export interface Signals {
  /** The first that asks to stop; those that follow (Ctrl-C reaches a whole group, and its parents pass it on) change nothing. */
  readonly stopped: Promise<void>
  /** What SIGHUP does from now on; one that came earlier is made up for. */
  onReload(reload: () => void): void
}

export function watchSignals(hasConfigFile: boolean): Signals {
  let reload: (() => void) | undefined
  let early = false
  const hadTerminal = hasTerminal()
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
    process.on('SIGHUP', () => {
      // A closing window sends it, too (on Windows nothing else does), and means an end.
      const isClosing = process.platform === 'win32' || (hadTerminal && !hasTerminal())
      if (!hasConfigFile || isClosing) resolve()
      else if (reload === undefined) early = true
      else reload()
    })
  })
  return {
    stopped,
    onReload: (does) => {
      reload = does
      if (early) does()
    },
  }
}

/** Whether a controlling terminal is there and answers. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
