import { describe, expect, it } from 'vitest'
import { createUntold } from './untold.ts'

function untoldWithClock() {
  const timers: (() => void)[] = []
  const cancelled: number[] = []
  const untold = createUntold({
    after: (_delayMs, task) => {
      const index = timers.push(task) - 1
      return () => cancelled.push(index)
    },
  })
  return { untold, timers, cancelled }
}

describe('an event of a job', () => {
  it('does not wait when its client was never kept waiting', async () => {
    const { untold, timers } = untoldWithClock()
    await untold.told('a')
    expect(timers).toEqual([])
  })

  it('waits until the client was answered, and for the steps that write the answer', async () => {
    const { untold, cancelled } = untoldWithClock()
    const order: string[] = []
    const answered = untold.begin('a')
    const told = untold.told('a').then(() => order.push('event'))
    answered()
    await Promise.resolve()
    order.push('answer')
    await told
    expect(order).toEqual(['answer', 'event'])
    expect(cancelled).toEqual([0])
    await untold.told('a')
  })

  it('waits for no other job', async () => {
    const { untold, timers } = untoldWithClock()
    untold.begin('a')
    await untold.told('b')
    expect(timers).toEqual([])
  })

  it('stops waiting when ComfyUI runs it and does not answer', async () => {
    const { untold, timers } = untoldWithClock()
    untold.begin('a')
    const told = untold.told('a')
    timers[0]?.()
    await told
  })
})
