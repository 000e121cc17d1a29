import { expect, test } from 'vitest'
import { parseRange } from './byte-range.ts'

test.each([
  [undefined, { kind: 'whole' }],
  ['bytes=1-1', { kind: 'part', start: 1, end: 2 }],
  ['bytes=2-', { kind: 'part', start: 2, end: 10 }],
  ['bytes=-3', { kind: 'part', start: 7, end: 10 }],
  ['bytes=-30', { kind: 'part', start: 0, end: 10 }],
  ['bytes=5-99', { kind: 'part', start: 5, end: 10 }],
  ['bytes=10-', { kind: 'unsatisfiable' }],
  ['bytes=5-4', { kind: 'unsatisfiable' }],
  ['bytes=-0', { kind: 'unsatisfiable' }],
  ['bytes=-', { kind: 'unsatisfiable' }],
  ['bytes=0-0,2-2', { kind: 'unsatisfiable' }],
  ['pages=1', { kind: 'unsatisfiable' }],
])('the range %s of ten bytes is %o', (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected)
})
