import { describe, expect, it } from 'vitest'
import { createOneByOne } from './one-by-one.ts'

describe('work of many at once', () => {
  it('is done in order, and others have a turn before each piece', async () => {
    const oneByOne = createOneByOne()
    const seen: string[] = []
    let isDone = false
    const others = (): void => {
      seen.push('others')
      if (!isDone) setImmediate(others)
    }
    setImmediate(others)
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        oneByOne(async () => {
          seen.push(name)
        }),
      ),
    )
    isDone = true
    expect(seen.filter((name) => name !== 'others')).toEqual(['a', 'b', 'c'])
    for (const name of ['a', 'b', 'c']) expect(seen[seen.indexOf(name) - 1], `${seen}`).toBe('others')
  })

  it('goes on after a piece that failed, which tells its own asker alone', async () => {
    const oneByOne = createOneByOne()
    const failing = oneByOne(() => Promise.reject(new Error('no')))
    const next = oneByOne(async () => 'done')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('done')
  })
})
