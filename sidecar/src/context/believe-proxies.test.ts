import { expect, it } from 'vitest'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { believeProxies } from './believe-proxies.ts'

const config = loadConfig(readEnvironment({}))
const forwarded = new Map([['x-forwarded-for', '203.0.113.9']])

function warned(trusted: readonly string[], peers: readonly string[], headers = forwarded): readonly string[] {
  const said: string[] = []
  const network = { ...config.network, trusted_proxies: [...trusted] }
  const log = { warn: (facts: object) => said.push(String(Reflect.get(facts, 'peerAddress'))) }
  const addressOf = believeProxies({ current: () => ({ ...config, network }) }, log)
  for (const peer of peers) addressOf(peer, headers)
  return said
}

it('a proxy nearby that nobody listed is named once', () => {
  expect(warned([], ['127.0.0.1', '127.0.0.1', '10.0.0.7', '::ffff:192.168.1.1'])).toEqual([
    ...['127.0.0.1', '10.0.0.7', '::ffff:192.168.1.1'],
  ])
})

it('a listed one, a stranger who writes the header, and a request without it are not', () => {
  expect(warned(['127.0.0.1'], ['127.0.0.1', '203.0.113.1', '2001:db8::1'])).toEqual([])
  expect(warned([], ['127.0.0.1'], new Map([['forwarded', 'for=1.1.1.1']]))).toEqual([])
})

it('many of them do not fill the log', () => {
  const peers = Array.from({ length: 200 }, (_, index) => `10.0.0.${index}`)
  expect(warned([], peers)).toHaveLength(10)
})
