import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalUserName } from './user-name.ts'

describe('a user name', () => {
  it.each([
    ['alice', 'alice'],
    ['  Alice\t', 'alice'],
    ['ALICE', 'alice'],
    ['\uff21lice', 'alice'],
    ['Stra\u00dfe', 'strasse'],
    ['STRASSE', 'strasse'],
    ['\u03a3\u0391\u03a3', '\u03c3\u03b1\u03c2'],
    ['jos\u00e9', 'jos\u00e9'],
    ['jose\u0301', 'jos\u00e9'],
    ['ann.b+test@example.com', 'ann.b+test@example.com'],
    ['Ann Bee', 'ann bee'],
    ["o'neil", "o'neil"],
    ['\u5f20\u4f1f', '\u5f20\u4f1f'],
  ])('%j is known as %j', (text, name) => {
    expect(canonicalUserName(text)).toBe(name)
  })

  it.each([
    '',
    ' ',
    '.',
    '..',
    '-alice',
    'a/b',
    'a\\b',
    'a:b',
    'a\uff0fb',
    'a\u2044b',
    'a\u2215b',
    'a\u29f8b',
    'a\u2236b',
    'a\u0000b',
    'a\nb',
    'a  b',
    'a\u200bb',
    'a\u202eb',
    '\ufeffa\u200d',
    'a\u00adb',
    '\ud800',
    'a,b',
    'a;b',
    '<b>',
    'a%2fb',
    'al\u0456ce',
    '\u03b1lice',
    'x'.repeat(129),
    'x'.repeat(100_000),
    '\u0301alice',
  ])('%j is none', (text) => {
    expect(canonicalUserName(text)).toBeUndefined()
  })

  it('has one canonical form, which is its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const name = canonicalUserName(text)
        if (name === undefined) return
        expect(canonicalUserName(name)).toBe(name)
        expect(canonicalUserName(text.toUpperCase())).toBe(name)
        expect(name).not.toMatch(/[\p{Cc}\p{Cf}/\\:]/u)
      }),
      { numRuns: 2_000 },
    )
  })
})
