import { beforeEach, describe, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { createBackoff } from './backoff.ts'
import { createKeyGuesses, type KeyGuesses } from './key-guesses.ts'

const [here, elsewhere] = ['192.0.2.1', '198.51.100.7']
let guesses: KeyGuesses
let hasKeys: boolean
beforeEach(() => {
  hasKeys = true
  guesses = createKeyGuesses({ backoff: createBackoff(), hasKeys: () => hasKeys })
})

const answerOf = async (attempt: Promise<void>): Promise<string> => {
  try {
    await attempt
    return 'judged'
  } catch (error) {
    return error instanceof GatehouseError ? error.code : 'broken'
  }
}
const guess = async (count: number, address = here): Promise<string> => {
  let last = ''
  for (let index = 0; index < count; index += 1) last = await answerOf(guesses.wrong(address))
  return last
}

describe('whoever guesses fixed keys', () => {
  it('has to wait after fifty, for a right one as for a wrong one', async () => {
    expect(await guess(50)).toBe('judged')
    expect(await guess(2)).toBe('too_many_attempts')
    expect(await answerOf(guesses.right('ci', here))).toBe('too_many_attempts')
  })

  it('makes nobody else wait, and no key that has come from the same address before', async () => {
    await guesses.right('ci', here)
    await guess(60)
    expect(await answerOf(guesses.right('ci', here))).toBe('judged')
    expect(await answerOf(guesses.right('farm', here))).toBe('too_many_attempts')
    expect(await answerOf(guesses.right('farm', elsewhere))).toBe('judged')
  })

  it('does not wash an address clean with a right key', async () => {
    await guess(50)
    await guesses.right('ci', elsewhere)
    for (let index = 0; index < 5; index += 1) await answerOf(guesses.right('ci', here))
    expect(await guess(2)).toBe('too_many_attempts')
  })

  it('is nobody where there is no such key', async () => {
    hasKeys = false
    expect(await guess(200)).toBe('judged')
  })
})
