import { expect, test } from 'vitest'
import { isOfThisMachine } from './this-machine.ts'

test('a plain request from the loopback address was made here', () => {
  const plain = ['Host', 'localhost', 'User-Agent', 'via curl', 'Accept', '*/*', 'Cookie', 'a=b', 'Origin', 'x']
  for (const peer of ['127.0.0.1', '127.5.5.5', '::1', '::ffff:127.0.0.1']) {
    expect(isOfThisMachine(peer, plain), peer).toBe(true)
  }
})

test('a request from elsewhere was not', () => {
  for (const peer of ['192.0.2.1', '10.0.0.1', '::', '', '0.0.0.0']) expect(isOfThisMachine(peer, []), peer).toBe(false)
})

test.each([
  ...['X-Forwarded-For', 'x_forwarded_for', 'X-Forwarded', 'X-Forwarded-Anything', 'Forwarded', 'VIA', 'X-Real-IP'],
  ...['Tailscale-User-Login', 'CF-Connecting-IP', 'CF_RAY', 'True-Client-IP', 'X-Original-Forwarded-For', 'Cdn-Loop'],
  ...['Remote-User', 'X-authentik-username', 'X-Auth-Request-User', 'X-Amzn-Trace-Id', 'Fly-Client-IP'],
])('what carries %s was handed on, even without a value', (name) => {
  expect(isOfThisMachine('127.0.0.1', ['Host', 'localhost', name, ''])).toBe(false)
})
