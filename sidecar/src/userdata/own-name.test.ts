import { expect, test } from 'vitest'
import { parseOwnName } from './own-name.ts'

test.each([
  ['workflows/a.json', ['workflows', 'a.json']],
  ['.', []],
  ['./a//b/', ['a', 'b']],
  ['workflows%2Fa.json', ['workflows', 'a.json']],
  ['...', ['...']],
  ['a:b?.json', ['a:b?.json']],
  ['\u65e5\u672c.json', ['\u65e5\u672c.json']],
])('%s is an own name on Linux', (raw, segments) => {
  expect(parseOwnName(raw, 'linux')).toEqual({ kind: 'own', segments })
})

test.each([
  '..',
  '../x',
  'a/../../x',
  'a/../b',
  '/etc/passwd',
  '%2e%2e/x',
  '%252e%252e%252fx',
  '%25252e%25252e%25252fx',
  '%2fetc/passwd',
])('%s leaves the root', (raw) => {
  expect(parseOwnName(raw, 'linux')).toEqual({ kind: 'outside' })
})

test.each([
  ['a\u0000b'],
  ['a%00b'],
  ['a%2500b'],
  ['a\nb'],
  ['a\u0085b'],
  ['a\\b'],
  ['..%5c..%5cx'],
  ['x'.repeat(256)],
  ['\u65e5'.repeat(86)],
  [Array.from({ length: 65 }, () => 'd').join('/')],
  [Array.from({ length: 10 }, () => 'x'.repeat(120)).join('/')],
  ['\ud800'],
])('%j can be no file', (raw) => {
  expect(parseOwnName(raw, 'linux')).toMatchObject({ kind: 'invalid' })
})

test.each(['ab:c', 'CON', 'con.json', 'workflows/nul', 'a.', 'a ', 'a?b', 'COM1.txt'])(
  '%s can be no file on Windows',
  (raw) => {
    expect(parseOwnName(raw, 'win32')).toMatchObject({ kind: 'invalid' })
  },
)

test.each(['C:', 'c:/x', 'C:x'])('%s leaves the root on Windows', (raw) => {
  expect(parseOwnName(raw, 'win32')).toEqual({ kind: 'outside' })
})
