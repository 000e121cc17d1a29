import { describe, expect, it } from 'vitest'
import { cleanEntry } from './clean-entry.ts'

const cleaned = (text: string) => cleanEntry({ kind: 'logout', target: text, detail: { text } }, 0)

describe('what looks like a credential is not written, wherever it stands', () => {
  it.each([
    ['an API key', 'gh_ABCDEFGHIJKL_0123456789abcdefghijklmnopqrstuvwxyzABCD', 'gh_ABCDEFGHIJKL_[redacted]'],
    ['a refresh token', `used ghr_${'a'.repeat(32)}_${'b'.repeat(32)}`, 'used [redacted]'],
    ['a JWT', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.abc-_1 here', 'token [redacted] here'],
    ['an unsigned JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', '[redacted]'],
    ['a JWT of which the end is missing', `eyJhbGciOiJIUzI1NiJ9.eyJ${'a'.repeat(9_000)}`, '[redacted]'],
    ['nothing but beginnings of a JWT, which costs no more than one', 'eyJ'.repeat(9_000), '[redacted]'],
    ['a session cookie', `s:${'a'.repeat(43)}.${'b/'.repeat(21)}b`, '[redacted]'],
    ['a session cookie as browsers send it', `x=s%3A${'a'.repeat(43)}.${'b'.repeat(40)}%2F`, 'x=[redacted]'],
    ['a Basic header', 'Basic YWxpY2U6c2VjcmV0', 'Basic [redacted]'],
    ['a Bearer header', 'authorization: bearer abc.def', 'authorization: bearer [redacted]'],
    ['a query', '/view?filename=a&token=abc123&api_key=x', '/view?filename=a&token=[redacted]&api_key=[redacted]'],
  ])('%s', (_name, text, expected) => {
    expect(cleaned(text)).toMatchObject({ target: expected, detail: { text: expected } })
  })
})

it('what is none is kept as it is', () => {
  for (const text of ['PATCH /gatehouse/api/v1/users/bob', 'role: user -> power', 'Mozilla/5.0 (X11; Linux x86_64)']) {
    expect(cleaned(text).target).toBe(text)
  }
})

it('texts and their number are bounded', () => {
  const detail = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`name${index}`, 'x'.repeat(10_000)]))
  const entry = cleanEntry({ kind: 'logout', target: 'x'.repeat(10_000), detail }, 0)
  expect(JSON.stringify(entry).length).toBeLessThan(6_000)
})
