/** May another fixed key be tried from this address? Operators choose them, so whoever guesses has to wait, right or wrong. */
import { LRUCache } from 'lru-cache'
import { GatehouseError } from '../gatehouse-error.ts'
import { addressKey } from './address-key.ts'
import type { Backoff } from './backoff.ts'
import type { TokenMethod } from './method.ts'

export interface KeyGuesses {
  /** Something was sent that could have been a fixed key, and is none. @throws too_many_attempts */
  wrong(address: string): Promise<void>
  /** A right key: it waits for what was guessed at its address, unless it has come from there before. @throws too_many_attempts */
  right(name: string, address: string): Promise<void>
}

export interface KeyGuessesDependencies {
  /** Of keys alone: a program with an old key must not make people wait who log in at the same address. */
  readonly backoff: Backoff
  /** Without any there is nothing to guess. */
  readonly hasKeys: () => boolean
}

/** Places of keys; forgotten ones are asked to wait again, no more. */
const knownCount = 10_000

export function createKeyGuesses({ backoff, hasKeys }: KeyGuessesDependencies): KeyGuesses {
  const known = new LRUCache<string, true>({ max: knownCount })
  const attempt = (address: string) => ({ account: undefined, address, isKnownAddress: true })
  return {
    wrong: async (address) => {
      if (hasKeys()) await backoff.begin(attempt(address))
    },
    right: async (name, address) => {
      const place = JSON.stringify([name, addressKey(address)])
      if (known.get(place) === true) return
      // Counted before it is judged, as every guess is: else a right one would be told by not having to wait.
      await backoff.begin(attempt(address))
      await backoff.succeed(attempt(address))
      known.set(place, true)
    },
  }
}

export interface CountingDependencies {
  readonly guesses: Pick<KeyGuesses, 'wrong'>
  /** Whether there is a fixed key that a method would take for its own kind. */
  readonly isLikeFixed: (claims: TokenMethod['claims']) => boolean
}

/** The same methods, and a last one for what none of them claims: that could only have been a fixed key. */
export function countGuesses(
  methods: readonly TokenMethod[],
  { guesses, isLikeFixed }: CountingDependencies,
): readonly TokenMethod[] {
  const unknown: TokenMethod = {
    name: 'static-key',
    claims: () => true,
    prove: async (_token, { clientAddress }) => {
      await guesses.wrong(clientAddress)
      throw new GatehouseError('unauthenticated', { detail: 'unknown token' })
    },
  }
  const counted = methods.map((method): TokenMethod => {
    const prove: TokenMethod['prove'] = async (token, request) => {
      try {
        return await method.prove(token, request)
      } catch (error) {
        // A token that is over is renewed by who hears so: it is a guess only where a fixed key looks like one.
        if (method.name !== 'static-key' && isLikeFixed(method.claims)) await guesses.wrong(request.clientAddress)
        throw error
      }
    }
    return { ...method, prove }
  })
  return [...counted, unknown]
}
