/** Do the locks keep what they promise? */
import { describe, expect, it } from 'vitest'
import { createGate, createKeyedLock } from './locks.ts'

describe('createKeyedLock', () => {
  it('runs tasks of one key in order, also after one that failed', async () => {
    const lock = createKeyedLock()
    const seen: string[] = []
    const slow = Promise.withResolvers<void>()
    const first = lock('a', async () => {
      await slow.promise
      seen.push('first')
      throw new Error('first failed')
    })
    const second = lock('a', async () => void seen.push('second'))
    await lock('b', async () => void seen.push('other key'))
    slow.resolve()
    await expect(first).rejects.toThrow('first failed')
    await second
    expect(seen).toEqual(['other key', 'first', 'second'])
  })
})

describe('createGate', () => {
  it('holds an exclusive task back until the shared ones before it are done, and the later ones behind it', async () => {
    const gate = createGate()
    const seen: string[] = []
    const slow = Promise.withResolvers<void>()
    const early = gate.shared(async () => {
      await slow.promise
      seen.push('early')
    })
    const alone = gate.exclusive(async () => void seen.push('alone'))
    const late = gate.shared(async () => void seen.push('late'))
    slow.resolve()
    await Promise.all([early, alone, late])
    expect(seen).toEqual(['early', 'alone', 'late'])
  })

  it('opens again after an exclusive task that failed', async () => {
    const gate = createGate()
    await expect(gate.exclusive(async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(gate.shared(async () => 1)).resolves.toBe(1)
  })

  it('lets shared tasks run side by side', async () => {
    const gate = createGate()
    const both = Promise.withResolvers<void>()
    let inside = 0
    const enter = async () => {
      inside += 1
      if (inside === 2) both.resolve()
      await both.promise
    }
    await Promise.all([gate.shared(enter), gate.shared(enter)])
    expect(inside).toBe(2)
  })
})
