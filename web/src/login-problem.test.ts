import { describe, expect, it } from 'vitest'
import { loginProblem } from './login-problem.ts'

describe('the reason for which a login leads back', () => {
  it('is none without a name', () => {
    expect(loginProblem(null)).toBeUndefined()
  })

  it('is a sentence of our own, whatever the address says', () => {
    expect(loginProblem('provider_down')).toContain('does not answer')
    expect(loginProblem('<b>call 555-1234</b>')).toBe(loginProblem('login_failed'))
    expect(loginProblem('constructor')).toBe(loginProblem('login_failed'))
  })
})
