import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { type Backoff, createBackoff } from './backoff.ts'

let backoff: Backoff
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 })
  backoff = createBackoff()
})
afterEach(() => {
  vi.useRealTimers()
})

const attempt = (account: string, address: string, isKnownAddress = false) => ({ account, address, isKnownAddress })

/** Seconds to wait; 0 when the attempt may be judged. */
async function waitOf(account: string, address: string, isKnownAddress = false): Promise<number> {
  try {
    await backoff.begin(attempt(account, address, isKnownAddress))
    return 0
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'too_many_attempts')
      return Number(error.headers['Retry-After'])
    throw error
  }
}

async function guess(count: number, account: string, address: string): Promise<void> {
  for (let index = 0; index < count; index += 1) await waitOf(account, address)
}

describe('the back-off', () => {
  it('lets five wrong tries pass and doubles the wait after each further one', async () => {
    await guess(5, 'alice', '192.0.2.1')
    for (const seconds of [1, 2, 4, 8, 16, 32]) {
      expect(await waitOf('alice', '192.0.2.1')).toBe(0)
      expect(await waitOf('alice', '192.0.2.1')).toBe(seconds)
      vi.advanceTimersByTime(seconds * 1000 - 1)
      expect(await waitOf('alice', '192.0.2.1')).toBeGreaterThan(0)
      vi.advanceTimersByTime(1)
    }
  })

  it('is not made longer by hammering', async () => {
    await guess(6, 'alice', '192.0.2.1')
    for (let index = 0; index < 500; index += 1) expect(await waitOf('alice', '192.0.2.1')).toBe(1)
    vi.advanceTimersByTime(1000)
    expect(await waitOf('alice', '192.0.2.1')).toBe(0)
  })

  it('never waits longer than a quarter of an hour', async () => {
    for (let index = 0; index < 30; index += 1) {
      const seconds = await waitOf('alice', '192.0.2.1')
      expect(seconds).toBeLessThanOrEqual(15 * 60)
      vi.advanceTimersByTime(60_000)
    }
  })

  it('counts parallel tries one by one', async () => {
    const waits = await Promise.all(Array.from({ length: 50 }, () => waitOf('alice', '192.0.2.1')))
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(6)
  })

  it('leaves the owner alone at another address, and others at this one', async () => {
    await guess(20, 'alice', '192.0.2.1')
    expect(await waitOf('alice', '198.51.100.1')).toBe(0)
    expect(await waitOf('bob', '192.0.2.1')).toBe(0)
  })

  it('makes one address wait that tries many accounts', async () => {
    for (let index = 0; index < 51; index += 1) await waitOf(`user${index}`, '192.0.2.1')
    expect(await waitOf('user-next', '192.0.2.1')).toBeGreaterThan(0)
    expect(await waitOf('user-next', '192.0.2.2')).toBe(0)
  })

  it('makes a swarm of addresses wait at one account, but never where the owner has been', async () => {
    for (let index = 0; index < 60; index += 1) await waitOf('alice', `198.51.100.${index}`)
    expect(await waitOf('alice', '203.0.113.9')).toBeGreaterThan(0)
    expect(await waitOf('alice', '203.0.113.9', true)).toBe(0)
    vi.advanceTimersByTime(10_000)
    expect(await waitOf('alice', '203.0.113.10')).toBe(0)
  })

  it('gives the turn of an account to nobody who has to wait anyway', async () => {
    await guess(45, 'alice', '192.0.2.1')
    expect(await waitOf('alice', '198.51.100.1')).toBe(0)
  })

  it('counts nothing against whom others make wait, so that they come in as soon as those stop', async () => {
    for (let index = 0; index < 40; index += 1) await waitOf('alice', `198.51.100.${index}`)
    for (let index = 0; index < 40; index += 1) {
      await waitOf('alice', `198.51.101.${index}`)
      expect(await waitOf('alice', '203.0.113.9')).toBeGreaterThan(0)
      vi.advanceTimersByTime(10_000)
    }
    expect(await waitOf('alice', '203.0.113.9')).toBe(0)
    expect(await waitOf('bob', '203.0.113.9')).toBe(0)
  })

  it('forgets wrong tries once the password was right', async () => {
    await guess(5, 'alice', '192.0.2.1')
    await backoff.begin(attempt('alice', '192.0.2.1'))
    await backoff.succeed(attempt('alice', '192.0.2.1'))
    for (let index = 0; index < 5; index += 1) expect(await waitOf('alice', '192.0.2.1')).toBe(0)
  })

  it('is not washed away by a guesser with an account of their own', async () => {
    for (let index = 0; index < 50; index += 1) {
      await waitOf(`user${index}`, '192.0.2.1')
      const own = attempt('mallory', '192.0.2.1')
      await backoff.begin(own).catch(() => undefined)
      await backoff.succeed(own)
    }
    await waitOf('victim', '192.0.2.1')
    expect(await waitOf('victim', '192.0.2.1')).toBeGreaterThan(0)
  })

  it('takes a whole IPv6 network for one address', async () => {
    for (let index = 0; index < 6; index += 1) await waitOf('alice', `2001:db8:1:2::${index + 1}`)
    expect(await waitOf('alice', '2001:db8:1:2:ffff::99')).toBeGreaterThan(0)
    expect(await waitOf('alice', '2001:db8:1:3::1')).toBe(0)
  })

  it('makes a whole IPv6 network wait that changes its address with every try, shortly', async () => {
    const rotating = (index: number) => `2001:db8:7:${index.toString(16)}::1`
    for (let index = 0; index < 201; index += 1) await waitOf(`user${index}`, rotating(index))
    expect(await waitOf('user-next', rotating(999))).toBeGreaterThan(0)
    expect(await waitOf('user-next', '2001:db8:8:1::1')).toBe(0)
    for (let index = 0; index < 40; index += 1) {
      expect(await waitOf(`more${index}`, rotating(2000 + index))).toBeLessThanOrEqual(10)
      vi.advanceTimersByTime(1000)
    }
  })

  it('makes who guesses at somebody from where they have been wait all the same', async () => {
    for (let index = 0; index < 6; index += 1) expect(await waitOf('alice', '192.0.2.1', true)).toBe(0)
    expect(await waitOf('alice', '192.0.2.1', true)).toBeGreaterThan(0)
  })

  it('counts a browser that knows the account alone, whatever others do at its address', async () => {
    for (let index = 0; index < 60; index += 1) await waitOf(`user${index}`, '192.0.2.1')
    await guess(20, 'alice', '192.0.2.1')
    const known = { ...attempt('alice', '192.0.2.1'), browser: 'hers' }
    await backoff.begin(known)
    await backoff.succeed(known)
    for (let index = 0; index < 6; index += 1) await backoff.begin(known)
    await expect(backoff.begin(known)).rejects.toMatchObject({ code: 'too_many_attempts' })
    await backoff.begin({ ...known, browser: 'another' })
    await backoff.begin({ ...known, account: 'bob' })
  })

  it('makes all browsers together wait that know an account, however many there are', async () => {
    const waits: number[] = []
    for (let index = 0; index < 60; index += 1) {
      const known = { ...attempt('alice', '192.0.2.1'), browser: `browser ${index}` }
      waits.push(
        await backoff.begin(known).then(
          () => 0,
          () => 1,
        ),
      )
    }
    expect(waits.filter((wait) => wait === 0)).toHaveLength(31)
    expect(await waitOf('alice', '203.0.113.9')).toBe(0)
  })

  it('keeps no name that an address tries while it has to wait', async () => {
    await guess(51, 'alice', '192.0.2.1')
    const held = vi.getTimerCount()
    for (let index = 0; index < 1000; index += 1) await waitOf(`made-up-${index}`, '192.0.2.1')
    expect(vi.getTimerCount() - held).toBeLessThan(10)
  })
})
