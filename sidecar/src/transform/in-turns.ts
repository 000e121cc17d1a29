/** How does work on a large body let other requests have their turn in between? Stages, and a pause where one took long. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that may pause at each `yield`. */
export type Stages<Result> = Generator<void, Result, void>

// Small bodies are through before the first pause, so that they cost no turn of the loop.
const turnMs = 5

/** Runs the stages, with a pause after each that ends later than a turn should. */
export async function runInTurns<Result>(stages: Stages<Result>): Promise<Result> {
  for (;;) {
    const begun = performance.now()
    let stage = stages.next()
    while (stage.done !== true && performance.now() - begun < turnMs) stage = stages.next()
    if (stage.done === true) return stage.value
    await nextTurn()
  }
}

/** Runs the stages without a pause. */
export function runAtOnce<Result>(stages: Stages<Result>): Result {
  let stage = stages.next()
  while (stage.done !== true) stage = stages.next()
  return stage.value
}
