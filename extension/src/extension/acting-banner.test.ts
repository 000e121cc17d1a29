import { expect, it } from 'vitest'
import { actingSentence } from './acting-banner.ts'

it('says who acts in whose place, and nothing to people who are themselves', () => {
  expect(actingSentence({ user: 'alice', impersonator: 'olga' })).toBe(
    'You are olga, acting in the place of alice. It is written down.',
  )
  expect(actingSentence({ user: 'alice' })).toBeUndefined()
})
