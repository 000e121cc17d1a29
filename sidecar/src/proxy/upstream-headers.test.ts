/** What stands in the identity header? The user name, and nothing that a header cannot hold. */
import { describe, expect, it } from 'vitest'
import { identityHeader } from './upstream-headers.ts'

describe('the identity header', () => {
  it.each([
    ['alice', 'alice'],
    ['a.b+c@d-e_f', 'a.b+c@d-e_f'],
    ['anna karenina', 'anna%20karenina'],
    ['j\u00f6rg', 'j%C3%B6rg'],
    ['\u{20bb7}\u91ce', '%F0%A0%AE%B7%E9%87%8E'],
    ['100%', '100%25'],
  ])('holds %s as %s', (userName, value) => {
    expect(identityHeader('X-Id', userName)).toEqual(['X-Id', value])
    expect(decodeURIComponent(value)).toBe(userName)
  })
})
