import { describe, expect, it } from 'vitest'
import { parseLoginOptions } from './parse-login-options.ts'

describe('what the login page may offer', () => {
  it('is every provider with a usable name', () => {
    const odd = [null, 'company', {}, { name: '../x', label: 'X' }, { name: 'javascript:', label: 'X' }, { name: 'a' }]
    expect(parseLoginOptions({ providers: [{ name: 'company', label: 'Company' }, ...odd] })).toEqual({
      providers: [{ name: 'company', label: 'Company' }],
      registration: false,
    })
  })

  it.each([undefined, null, 'no', {}, { providers: 'company' }])('is nothing for %j', (value) => {
    expect(parseLoginOptions(value)).toEqual({ providers: [], registration: false })
  })

  it('is to ask for an account where that is said, and nowhere else', () => {
    expect(parseLoginOptions({ registration: true }).registration).toBe(true)
    expect(parseLoginOptions({ registration: 'yes' }).registration).toBe(false)
  })
})
