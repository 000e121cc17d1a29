/** May this address try another password for this account now? Exponential waits that never lock the owner out. */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { GatehouseError } from '../gatehouse-error.ts'
import { addressKey, networkKey } from './address-key.ts'

export interface Backoff {
  /** Counts an attempt before it is judged, so that parallel ones cannot share one try. @throws too_many_attempts */
  begin(attempt: Attempt): Promise<void>
  /** Takes a counted attempt back, because it proved right. */
  succeed(attempt: Attempt): Promise<void>
}

export interface Attempt {
  /** Canonical user name, existing or not; undefined where nobody is named, as by a key. */
  readonly account: string | undefined
  readonly address: string
  /** Whether somebody proved to be this account from this address lately. */
  readonly isKnownAddress: boolean
  /** A browser in which this account was signed in before. */
  readonly browser?: string | undefined
}

export interface LimitOptions {
  /** Attempts in one window that need not wait. */
  readonly freeCount: number
  readonly firstWaitSeconds: number
  readonly longestWaitSeconds: number
}

const windowSeconds = 60 * 60

/** One address at one account: what guessing looks like. */
const pairLimit: LimitOptions = { freeCount: 5, firstWaitSeconds: 1, longestWaitSeconds: 15 * 60 }
/** One account in a browser that knows it: nobody's tries count that have no such browser, whatever address they share. */
const browserLimit: LimitOptions = pairLimit
/** One address at any account; an office behind one address fits in. */
const addressLimit: LimitOptions = { freeCount: 50, firstWaitSeconds: 1, longestWaitSeconds: 15 * 60 }
/** One IPv6 network of thousands of addresses; waits stay short, because some providers put strangers into one. */
const networkLimit: LimitOptions = { freeCount: 200, firstWaitSeconds: 1, longestWaitSeconds: 10 }
/** One account from anywhere unknown; waits stay short, because the owner may be travelling. */
const accountLimit: LimitOptions = { freeCount: 30, firstWaitSeconds: 1, longestWaitSeconds: 10 }

/** For what is asked after a right password: whoever makes the owner wait knows it, so waits from anywhere may grow. */
export const factorAccountLimit: LimitOptions = { freeCount: 10, firstWaitSeconds: 1, longestWaitSeconds: 15 * 60 }

export function createBackoff({ anywhere = accountLimit }: { readonly anywhere?: LimitOptions } = {}): Backoff {
  const pair = createLimit(pairLimit)
  const browser = createLimit(browserLimit)
  const browsers = createLimit(anywhere)
  const address = createLimit(addressLimit)
  const network = createLimit(networkLimit)
  const account = createLimit(anywhere)
  const beginInBrowser = async (id: string, name: string): Promise<void> => {
    refuse(await browser.begin(`${id} ${name}`))
    // Attack: whoever holds a session of the account is given as many browsers that know it as they ask for.
    const waitMs = await browsers.begin(name)
    if (waitMs > 0) await browser.takeBack(`${id} ${name}`)
    refuse(waitMs)
  }
  return {
    begin: async ({ account: name, browser: id, ...attempt }) => {
      if (id !== undefined && name !== undefined) return beginInBrowser(id, name)
      const from = addressKey(attempt.address)
      // First, and alone: whoever has to wait anyway must not fill the memory with names.
      refuse(await address.begin(from))
      const around = networkKey(attempt.address)
      if (around !== undefined) refuse(await network.begin(around))
      if (name === undefined) return
      // Before the account: whoever has to wait anyway must not take the turn of its owner.
      refuse(await pair.begin(`${from} ${name}`))
      // Strangers all over the world cannot make the owner wait at a place where the owner has been before.
      const waitMs = attempt.isKnownAddress ? 0 : await account.begin(name)
      if (waitMs <= 0) return
      // Others may have made this one wait: what was not judged counts against nobody, or it would wait ever longer.
      await pair.takeBack(`${from} ${name}`)
      await address.takeBack(from)
      if (around !== undefined) await network.takeBack(around)
      refuse(waitMs)
    },
    succeed: async ({ account: name, browser: id, ...attempt }) => {
      if (id !== undefined && name !== undefined) {
        await browser.forget(`${id} ${name}`)
        return browsers.giveBack(name)
      }
      const from = addressKey(attempt.address)
      if (name !== undefined) await pair.forget(`${from} ${name}`)
      // Only its own try: a guesser with an account of their own does not wash an address clean with it.
      await address.giveBack(from)
      const around = networkKey(attempt.address)
      if (around !== undefined) await network.giveBack(around)
      if (name !== undefined && !attempt.isKnownAddress) await account.giveBack(name)
    },
  }
}

function refuse(waitMs: number): void {
  if (waitMs <= 0) return
  throw new GatehouseError('too_many_attempts', { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } })
}

function createLimit(options: LimitOptions) {
  const attempts = new RateLimiterMemory({ points: options.freeCount, duration: windowSeconds })
  /** Held while the next attempt has to wait; taking it is atomic. */
  const turns = new RateLimiterMemory({ points: 1, duration: options.longestWaitSeconds })
  return {
    /** Milliseconds to wait; 0 when the attempt may go on. */
    begin: async (key: string): Promise<number> => {
      const { consumedPoints } = await attempts.penalty(key)
      const overCount = consumedPoints - options.freeCount
      if (overCount <= 0) return 0
      const waitSeconds = Math.min(options.firstWaitSeconds * 2 ** (overCount - 1), options.longestWaitSeconds)
      const held = await turns.get(key)
      if (held !== null && held.msBeforeNext > 0) {
        // A refused attempt proved nothing, so hammering does not make the wait longer.
        await attempts.reward(key)
        return held.msBeforeNext
      }
      const turn = await turns.penalty(key, 1, { customDuration: waitSeconds })
      if (turn.consumedPoints === 1) return 0
      await attempts.reward(key)
      return turn.msBeforeNext
    },
    forget: async (key: string) => {
      await attempts.delete(key)
      await turns.delete(key)
    },
    giveBack: async (key: string) => {
      await attempts.reward(key)
    },
    /** As if it had not begun. */
    takeBack: async (key: string) => {
      await attempts.reward(key)
      await turns.delete(key)
    },
  }
}
