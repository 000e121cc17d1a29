import { expect, it } from 'vitest'
import { createIsOwnHost } from './own-host.ts'

const isOwnHost = createIsOwnHost(() => ['https://comfy.example.com', 'http://studio:8288'])

it.each([
  ...['comfy.example.com', 'COMFY.example.com', 'comfy.example.com:443', 'studio:8288', 'studio', 'localhost:8288'],
  ...['127.0.0.1:8288', '10.0.0.7', '[::1]:8288', '[fd00::7]'],
])('knows %s', (host) => {
  expect(isOwnHost(host)).toBe(true)
})

it.each([
  ...['evil.test', 'evil.test:8288', 'comfy.example.com.evil.test', 'example.com', '', ':8288'],
  // What a browser never writes, and other parsers take for something else.
  ...['127.0.0.1.evil.test', '0177.1', '2130706433', 'fd00::7', 'a@comfy.example.com', 'comfy.example.com/x', '[evil]'],
  ...['comfy.example.com:99999999', 'comfy.example.com evil.test', '[::1].evil.test', 'localhost.evil.test'],
])('does not know %j', (host) => {
  expect(isOwnHost(host)).toBe(false)
})
