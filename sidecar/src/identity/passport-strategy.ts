/** What does a passport strategy say to a raw request? Runs one without Express, as passport's own middleware would. */
import type { IncomingMessage } from 'node:http'

export type StrategyVerdict<User> = { readonly kind: 'success'; readonly user: User } | { readonly kind: 'fail' }

/** What strategies read of a request; a stand-in with only the headers judged is enough. */
export type StrategyRequest = Pick<IncomingMessage, 'headers'>

interface StrategyActions<User> {
  success(user: User): void
  fail(): void
  pass(): void
  redirect(): void
  error(error: unknown): void
}

interface RunnableStrategy<User> {
  authenticate(this: StrategyActions<User>, request: StrategyRequest): void
}

/** A strategy that wants to redirect or pass has proven nothing, so it fails. Rejects with the strategy's own error. */
export function runStrategy<User>(strategy: object, request: StrategyRequest): Promise<StrategyVerdict<User>> {
  return new Promise((resolve, reject) => {
    const fail = () => resolve({ kind: 'fail' })
    const actions: StrategyActions<User> = {
      success: (user) => resolve({ kind: 'success', user }),
      fail,
      pass: fail,
      redirect: fail,
      error: reject,
    }
    // One instance serves parallel requests: passport, too, gives each its own copy with its own actions.
    const run = parseRunnable<User>(Object.assign(Object.create(strategy), actions))
    try {
      run.authenticate(request)
    } catch (error) {
      reject(error)
    }
  })
}

function parseRunnable<User>(strategy: object): RunnableStrategy<User> & StrategyActions<User> {
  return strategy as RunnableStrategy<User> & StrategyActions<User>
}
