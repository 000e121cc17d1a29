import { expect, it } from 'vitest'
import { countText, sizeText } from './size.ts'

it.each([
  [0, '0 B'],
  [1, '1 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KB'],
  [1_536, '1.5 KB'],
  [10 * 1_024, '10 KB'],
  [5 * 1024 ** 3, '5.0 GB'],
  [2_048 * 1024 ** 4, '2048 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

it('one file is one file', () => {
  expect([0, 1, 2].map(countText)).toEqual(['0 files', '1 file', '2 files'])
})
