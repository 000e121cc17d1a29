import type { UserId } from '@gatehouse/shared/ids'
import { expect, it } from 'vitest'
import { createKnownBrowser } from './known-browser.ts'

const instance = { id: 'i1', value: 'a secret of this instance', createdAtMs: 0, expiresAtMs: null }
const known = createKnownBrowser({ isSecure: false, instance })
const parseUserId = (text: string): UserId => text as UserId
const [alice, bob] = [parseUserId('alice-id'), parseUserId('bob-id')]
const cookie = (value: string) => `other=1; ${known.name}=${value}; more=2`

it('a browser is known to whom it was made for, always as the same one', () => {
  const [first, second] = [known.mint(alice), known.mint(alice)]
  const id = known.read(cookie(first), alice)
  expect(id).toBe(known.read(cookie(first), alice))
  expect(id).not.toBe(known.read(cookie(second), alice))
  expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
})

it('and to nobody else', () => {
  const value = known.mint(alice)
  expect(known.read(cookie(value), bob)).toBeUndefined()
  const elsewhere = createKnownBrowser({ isSecure: false, instance: { ...instance, value: 'another secret' } })
  expect(elsewhere.read(cookie(value), alice)).toBeUndefined()
})

it.each([
  () => '',
  (value: string) => value.slice(1),
  (value: string) => `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`,
  (value: string) => `${value}x`,
  (value: string) => value.replace('.', ''),
  (value: string) => `${value.slice(0, 23)}${'A'.repeat(43)}`,
])('a made-up or changed value is nobody, %#', (change) => {
  expect(known.read(cookie(change(known.mint(alice))), alice)).toBeUndefined()
})

it('two of them count as none, and none as none', () => {
  const value = known.mint(alice)
  expect(known.read(`${cookie(value)}; ${known.name}=${value}`, alice)).toBeUndefined()
  expect(known.read(undefined, alice)).toBeUndefined()
})

it('has a name that is not taken for that of the session', () => {
  expect(known.name).toBe('gh_known_i1')
  expect(createKnownBrowser({ isSecure: true, instance }).name).toBe('__Host-gh-known')
})
