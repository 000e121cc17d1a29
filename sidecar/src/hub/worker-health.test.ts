import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../ledger/ports.ts'
import { createSerial } from './serial.ts'
import { createWorkerHealth, type WorkerHealth, type WorkerState, workerTiming } from './worker-health.ts'

interface Timer {
  readonly atMs: number
  readonly task: () => void
}

let nowMs = 0
let timers: Timer[] = []
let running: string[] = []
let pending: string[] = []
let told: WorkerState[] = []
let failures: unknown[] = []
let health: WorkerHealth

const clock: Clock = {
  nowMs: () => nowMs,
  after: (delayMs, task) => {
    const timer = { atMs: nowMs + delayMs, task }
    timers.push(timer)
    return () => {
      timers = timers.filter((one) => one !== timer)
    }
  },
}
const serial = createSerial((cause) => failures.push(cause))

async function pass(ms: number): Promise<void> {
  const endMs = nowMs + ms
  for (;;) {
    const [next] = timers.filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)
    if (next === undefined) break
    timers.splice(timers.indexOf(next), 1)
    nowMs = Math.max(nowMs, next.atMs)
    next.task()
    await serial.idle()
  }
  nowMs = endMs
}

beforeEach(() => {
  nowMs = 0
  timers = []
  running = []
  pending = []
  told = []
  failures = []
  health = createWorkerHealth({
    ledger: {
      snapshot: async () => ({ running: new Set(running), pending: new Set(pending) }),
      hasActiveJobs: async () => running.length + pending.length > 0,
    },
    serial,
    clock,
    log: { info: () => undefined, error: (_, cause) => failures.push(cause) },
    changed: (state) => told.push(state),
    timing: workerTiming,
  })
  health.linkOpened()
})

describe('a worker', () => {
  it('is up while jobs run, however long they are silent', async () => {
    running = ['long']
    pending = ['behind']
    await pass(24 * 3_600_000)
    expect([health.state(), told]).toEqual(['up', []])
  })

  it('is up while nothing is asked of it', async () => {
    await pass(3_600_000)
    expect([health.state(), told]).toEqual(['up', []])
  })

  it('is lost when jobs wait and none runs for 30 s, within 45 s', async () => {
    pending = ['a', 'b']
    await pass(30_000)
    expect(told).toEqual([])
    await pass(15_000)
    expect([health.state(), told]).toEqual(['lost', ['lost']])
  })

  it('is not lost when it starts a job in time, again and again', async () => {
    for (let round = 0; round < 10; round += 1) {
      pending = ['a']
      await pass(25_000)
      health.worked()
    }
    expect(told).toEqual([])
  })

  it('is lost 2 s after its thread ended, with a job in its hands', async () => {
    running = ['poison']
    health.threadEnded()
    await pass(1_999)
    expect(told).toEqual([])
    await pass(1)
    expect([health.state(), told]).toEqual(['lost', ['lost']])
  })

  it('is lost with the next job when its thread ended while nothing waited', async () => {
    health.threadEnded()
    await pass(60_000)
    expect(told).toEqual([])
    pending = ['next']
    await pass(workerTiming.lookEveryMs)
    expect(told).toEqual(['lost'])
  })

  it('that still tells of jobs is believed more than a log', async () => {
    running = ['a']
    health.threadEnded()
    health.worked()
    await pass(60_000)
    expect(told).toEqual([])
  })

  it('stays lost over a broken connection, until another process is there', async () => {
    running = ['poison']
    health.threadEnded()
    await pass(2_000)
    health.linkClosed()
    expect(health.state()).toBe('down')
    health.linkOpened()
    await pass(60_000)
    expect([health.state(), told]).toEqual(['lost', ['lost']])
    health.linkClosed()
    running = []
    pending = ['again']
    health.linkOpened()
    await pass(10_000)
    expect([health.state(), told]).toEqual(['up', ['lost', 'up']])
  })

  it('is down when the connection does not come back in 3 s, and up with the next one', async () => {
    health.linkClosed()
    await pass(2_999)
    expect(told).toEqual([])
    await pass(1)
    expect([health.state(), told]).toEqual(['down', ['down']])
    health.linkOpened()
    expect([health.state(), told]).toEqual(['up', ['down', 'up']])
  })

  it('is stuck with a job that cannot be stopped, until that ends, whatever is told meanwhile', async () => {
    running = ['hung']
    health.cannotStop('hung')
    health.worked()
    await pass(60_000)
    expect(told).toEqual(['stuck'])
    running = ['next']
    await pass(workerTiming.lookEveryMs)
    expect([health.state(), told]).toEqual(['up', ['stuck', 'up']])
  })
})

it('says nothing any more once it was stopped', async () => {
  pending = ['a']
  health.linkClosed()
  health.stop()
  await pass(600_000)
  expect([told, timers, failures]).toEqual([[], [], []])
})
