import { describe, expect, it } from 'vitest'
import { readLogoutWish } from './logout-wish.ts'

const origin = 'http://127.0.0.1:8288'

describe('readLogoutWish', () => {
  it.each([
    [null, '', 'none'],
    ['false', '', 'none'],
    ['true', '', 'at once'],
    ['true', `${origin}/graph`, 'at once'],
    ['true', 'http://127.0.0.1:9999/', 'ask first'],
    ['true', 'https://evil.example/', 'ask first'],
    ['true', `https://evil.example/?${origin}/`, 'ask first'],
    ['true', 'not a url', 'ask first'],
    ['ask', '', 'ask first'],
    ['ask', `${origin}/graph`, 'ask first'],
  ] as const)('reads logout=%s from %j as %s', (wanted, referrer, wish) => {
    expect(readLogoutWish(wanted, referrer, origin)).toBe(wish)
  })
})
