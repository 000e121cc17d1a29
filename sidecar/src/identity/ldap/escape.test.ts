import { describe, expect, it } from 'vitest'
import { escapeDn, escapeFilter, fillTemplate } from './escape.ts'

describe('a name in a filter', () => {
  it.each([
    ['anna', 'anna'],
    ['*', '\\2a'],
    ['a*)(uid=*', 'a\\2a\\29\\28uid=\\2a'],
    ['a\\2a', 'a\\5c2a'],
    ['a\0', 'a\\00'],
    ['\u00fc', '\u00fc'],
  ])('%j is %j', (text, escaped) => {
    expect(escapeFilter(text)).toBe(escaped)
  })
})

describe('a name in the name of an entry', () => {
  it.each([
    ['anna', 'anna'],
    ['a,ou=admins', 'a\\2cou\\3dadmins'],
    ['a+cn=b', 'a\\2bcn\\3db'],
    [' a ', '\\20a\\20'],
    ['#a"<>;\\', '\\23a\\22\\3c\\3e\\3b\\5c'],
  ])('%j is %j', (text, escaped) => {
    expect(escapeDn(text)).toBe(escaped)
  })
})

describe('a template', () => {
  it('is filled once: what looks like a place in a value stays what it is', () => {
    expect(fillTemplate('(&(a={username})(b={dn})(c={other}))', { username: '{dn}', dn: '{username}' })).toBe(
      '(&(a={dn})(b={username})(c={other}))',
    )
  })
})
