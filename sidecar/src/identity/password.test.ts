import { describe, expect, it } from 'vitest'
import { createPasswords } from './password.ts'
import { createTurnstile } from './turnstile.ts'

const cheap = { memoryKib: 8, passes: 1, parallelism: 1 }

describe('a password hash', () => {
  it('is a PHC string with a salt of its own, and fits its password alone', async () => {
    const passwords = createPasswords({ parameters: cheap })
    const [first, second] = [await passwords.hash('correct'), await passwords.hash('correct')]
    expect(first).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(first).not.toBe(second)
    expect(await passwords.verify('correct', first)).toEqual({ isRight: true, isOutdated: false })
    expect(await passwords.verify('Correct', first)).toEqual({ isRight: false, isOutdated: false })
  })

  it('of other implementations is understood', async () => {
    // Reference argon2 command line: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await createPasswords().verify('password', reference)).toEqual({ isRight: true, isOutdated: true })
  })

  // A ratio of two times, on a machine that may do other things in between.
  it('that is missing costs the same work and never fits', { retry: 4 }, async () => {
    const passwords = createPasswords({ parameters: { memoryKib: 16_384, passes: 2, parallelism: 1 } })
    const hash = await passwords.hash('correct')
    const timed = async (known: string | null | undefined) => {
      const startedAt = performance.now()
      expect((await passwords.verify('wrong', known)).isRight).toBe(false)
      return performance.now() - startedAt
    }
    const present: number[] = []
    const missing: number[] = []
    for (let round = 0; round < 7; round += 1) {
      present.push(await timed(hash))
      missing.push(await timed(undefined))
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[3] ?? 0
    expect(median(missing) / median(present)).toBeGreaterThan(0.5)
    expect(median(missing) / median(present)).toBeLessThan(2)
  })

  it('that is damaged opens nothing', async () => {
    const passwords = createPasswords({ parameters: cheap })
    for (const damaged of ['', 'x', '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$', '$argon2i$v=19$m=8,t=1,p=1$c2FsdA$c2FsdA']) {
      await expect(passwords.verify('x', damaged)).rejects.toMatchObject({ code: 'store_unavailable' })
    }
  })
})

describe('the turnstile', () => {
  it('lets so many work at once, the next in order, and refuses the rest', async () => {
    const turnstile = createTurnstile(2, 3)
    const gates: (() => void)[] = []
    const order: number[] = []
    const work = (name: number) => async () => {
      order.push(name)
      await new Promise<void>((resolve) => gates.push(resolve))
      return name
    }
    const accepted = [1, 2, 3, 4, 5].map((name) => turnstile(work(name)))
    await expect(turnstile(work(6))).rejects.toMatchObject({ code: 'too_many_attempts' })
    expect(order).toEqual([1, 2])
    while (order.length < 5 || gates.length > 0) {
      gates.shift()?.()
      await Promise.resolve()
    }
    expect(await Promise.all(accepted)).toEqual([1, 2, 3, 4, 5])
    expect(order).toEqual([1, 2, 3, 4, 5])
  })

  it('frees the place of work that failed', async () => {
    const turnstile = createTurnstile(1, 0)
    await expect(
      turnstile(async () => {
        throw new Error('failed')
      }),
    ).rejects.toThrow('failed')
    expect(await turnstile(async () => 'next')).toBe('next')
  })
})
