/** How does work that many want at once leave everybody else a turn? One piece after the other, a turn of the loop before each. */
import { setImmediate as nextTurn } from 'node:timers/promises'

export type OneByOne = <Result>(work: () => Promise<Result>) => Promise<Result>

/** The database answers without ever leaving the loop, so that a crowd's work together would be one long turn. */
export function createOneByOne(): OneByOne {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(() => nextTurn()).then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
