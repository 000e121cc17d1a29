import { describe, expect, test } from 'vitest'
import { clientAddress, type ProxySettings } from './client-address.ts'

const settings = (proxies: readonly string[], header: ProxySettings['forwarded_header'] = 'x-forwarded-for') => ({
  trusted_proxies: proxies,
  forwarded_header: header,
})
const proxies = ['10.0.0.0/8', '2001:db8:1::/64']
const through = (value: string, peer = '10.0.0.1', trusted: readonly string[] = proxies) =>
  clientAddress(peer, new Map([['x-forwarded-for', value]]), settings(trusted))
const standard = (value: string, peer = '10.0.0.1') =>
  clientAddress(peer, new Map([['forwarded', value]]), settings(proxies, 'forwarded'))

describe('X-Forwarded-For', () => {
  test('is not read where no proxy is listed, and not from a peer that is none', () => {
    expect(through('203.0.113.9', '10.0.0.1', [])).toBe('10.0.0.1')
    expect(through('203.0.113.9', '192.0.2.7')).toBe('192.0.2.7')
    expect(through('203.0.113.9', '10.0.0.1', ['10.0.0.2'])).toBe('10.0.0.1')
  })

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1, 203.0.113.9, 10.1.1.1', '203.0.113.9'],
    ['203.0.113.9, 10.1.1.1,10.2.2.2', '203.0.113.9'],
    ['10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['2001:DB8:2::9', '2001:db8:2::9'],
    ['[2001:db8:2::9]', '2001:db8:2::9'],
    ['[2001:db8:2::9]:4711', '2001:db8:2::9'],
    ['203.0.113.9, 2001:db8:1::5', '203.0.113.9'],
  ])('"%s" is %s', (value, client) => {
    expect(through(value)).toBe(client)
  })

  test.each(['unknown', '_hidden', 'unix:', '', ',', 'localhost', '10.0.0.1.', '0177.0.0.1', '127.1', '2130706433'])(
    '"%s" ends at the proxy that handed it on',
    (value) => {
      expect(through(value)).toBe('10.0.0.1')
      expect(through(`203.0.113.9, ${value}`)).toBe('10.0.0.1')
      expect(through(`203.0.113.9, ${value}, 10.9.9.9`)).toBe('10.9.9.9')
    },
  )

  test.each(['fe80::1%eth0', '[127.0.0.1]', '1.2.3.4:999999', '1.2.3.4 5.6.7.8', '<script>', '\u00e9', '"1.2.3.4"'])(
    '"%s" is no address',
    (value) => {
      expect(through(value)).toBe('10.0.0.1')
    },
  )

  test('the peer is known in every spelling of it', () => {
    expect(through('203.0.113.9', '::ffff:10.0.0.1')).toBe('203.0.113.9')
    expect(through('203.0.113.9', '::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(through('203.0.113.9', '2001:db8:1:0::7')).toBe('203.0.113.9')
    expect(through('203.0.113.9', '2001:db8:1:1::7')).toBe('2001:db8:1:1::7')
  })

  test('is not read when the other header is the one, nor the other way round', () => {
    const both = new Map([
      ['x-forwarded-for', '203.0.113.1'],
      ['forwarded', 'for=203.0.113.2'],
    ])
    expect(clientAddress('10.0.0.1', both, settings(proxies))).toBe('203.0.113.1')
    expect(clientAddress('10.0.0.1', both, settings(proxies, 'forwarded'))).toBe('203.0.113.2')
  })
})

describe('Forwarded', () => {
  test.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['for=203.0.113.9;proto=http;by=10.0.0.1', '203.0.113.9'],
    ['By=10.0.0.1 ; For="203.0.113.9:80"', '203.0.113.9'],
    ['for="[2001:db8:2::9]:4711"', '2001:db8:2::9'],
    ['for=1.1.1.1, for=203.0.113.9, for=10.1.1.1', '203.0.113.9'],
    ['for="1.1.1.1, for=203.0.113.9', '203.0.113.9'],
    ['host="a,b";for=203.0.113.9, for=10.1.1.1', '203.0.113.9'],
  ])('%s is %s', (value, client) => {
    expect(standard(value)).toBe(client)
  })

  test.each([
    'for=unknown',
    'for=_x',
    'proto=https',
    'for=1.1.1.1;for=2.2.2.2',
    'for=2001:db8::1',
    'for=203.0.113.9;host="a\\"b"',
    '203.0.113.9',
    '',
    'for=203.0.113.9;nonsense',
  ])('%s ends at the proxy that handed it on', (value) => {
    expect(standard(value)).toBe('10.0.0.1')
  })
})
