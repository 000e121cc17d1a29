import { expect, test } from 'vitest'
import { isUnmodifiedSince, matchesEtag } from './etag.ts'

test.each([
  [undefined, false],
  ['*', true],
  ['"a"', true],
  ['W/"a"', true],
  ['"x", "a"', true],
  ['"x"', false],
  ['a', false],
])('If-None-Match %s against the tag "a" is %s', (header, expected) => {
  expect(matchesEtag(header, ['"a"'])).toBe(expected)
})

test.each([
  [undefined, false],
  ['Thu, 01 Jan 1970 00:00:01 GMT', true],
  ['Thu, 01 Jan 1970 00:00:00 GMT', false],
  ['yesterday', false],
])('If-Modified-Since %s against a file of 1.9 s is %s', (header, expected) => {
  expect(isUnmodifiedSince(header, 1900)).toBe(expected)
})
