/** What did a look at a running installation find? One sentence each, with a verdict. */

/** `open`: a wall or a door does not hold. `weak`: it holds, and something beside it does not. `unknown`: could not be tried. */
export type Verdict = 'holds' | 'open' | 'weak' | 'unknown'

export interface Finding {
  /** A name for programs, e.g. `history`. */
  readonly check: string
  readonly verdict: Verdict
  readonly sentence: string
  /** Where several ComfyUI processes are: which one it is about. */
  readonly worker?: string
}

export function holds(check: string, sentence: string): Finding {
  return { check, verdict: 'holds', sentence }
}

export function open(check: string, sentence: string): Finding {
  return { check, verdict: 'open', sentence }
}

export function weak(check: string, sentence: string): Finding {
  return { check, verdict: 'weak', sentence }
}

export function unknown(check: string, sentence: string): Finding {
  return { check, verdict: 'unknown', sentence }
}
