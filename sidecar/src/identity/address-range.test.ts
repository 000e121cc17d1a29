import { describe, expect, test } from 'vitest'
import { canonicalAddress, isEverywhere, isInRanges, isLoopback, rangeProblem } from './address-range.ts'

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

test.each(['10.0.0.0/33', '10.0.0.0/', '10/8', '::ffff:10.0.0.0/104', 'example.com', '', '*', '1.2.3.4/8/8'])(
  '%s is no range',
  (text) => {
    expect(rangeProblem(text)).toContain('is no address')
  },
)

test.each([
  ['10.0.0.1/8', '10.0.0.0/8 for the network, or 10.0.0.1 for'],
  ['192.168.1.130/25', '192.168.1.128/25 for'],
  ['2001:db8:1::1/32', '2001:db8::/32 for the network, or 2001:db8:1::1 for'],
])('%s is refused with the cure', (text, cure) => {
  expect(rangeProblem(text)).toContain(cure)
})

test('a bare address is that address alone, in either family', () => {
  expect(isInRanges('2001:db8::2', ['2001:db8::1'])).toBe(false)
  expect(isInRanges('10.0.0.2', ['10.0.0.1'])).toBe(false)
})

test('everywhere is a prefix of nothing', () => {
  expect(['0.0.0.0/0', '::/0'].every(isEverywhere)).toBe(true)
  expect(['0.0.0.0', '10.0.0.0/8', '::', 'nonsense'].some(isEverywhere)).toBe(false)
})

test.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:DB8:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', undefined],
])('%s is written %s', (text, canonical) => {
  expect(canonicalAddress(text)).toBe(canonical)
})

test('the own machine is all of 127 and ::1, also written as IPv6', () => {
  expect(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true)
  expect(['128.0.0.1', '::', '', '0.0.0.0', '::2'].some(isLoopback)).toBe(false)
})
