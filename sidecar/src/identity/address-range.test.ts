import { describe, expect, test } from 'vitest'
import { isInRanges, isRange } from './address-range.ts'

describe('an address lies in a range', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '::ffff:10.1.2.3'],
    ['2001:db8::1', '2001:DB8::/32'],
    ['fe80::1%eth0', 'fe80::/10'],
    ['203.0.113.9', '0.0.0.0/0'],
    ['::1', '::1/128'],
  ])('%s in %s', (address, range) => {
    expect(isInRanges(address, ['192.0.2.0/24', range])).toBe(true)
  })

  test.each([
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '::/0'],
    ['2001:db8::1', '0.0.0.0/0'],
    ['', '0.0.0.0/0'],
    ['unknown', '0.0.0.0/0'],
    ['10.1', '10.0.0.0/8'],
    ['0177.0.0.1', '127.0.0.0/8'],
    ['2130706433', '127.0.0.0/8'],
    ['10.1.2.3', 'nonsense'],
  ])('%s not in %s', (address, range) => {
    expect(isInRanges(address, [range])).toBe(false)
  })
})

test.each([
  '10.0.0.1/8',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10/8',
  '::ffff:10.0.0.0/104',
  'example.com',
  '',
  '*',
  '1.2.3.4/8/8',
])('%s is no range', (text) => {
  expect(isRange(text)).toBe(false)
})
