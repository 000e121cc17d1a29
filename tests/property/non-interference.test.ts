/** Is anything that one tenant does seen by another? Random stories, each with and without what the others do. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectNoInterference, stories } from './interference.ts'
import { createStage, type Stage } from './stage.ts'

vi.mock(import('../../sidecar/src/ledger/ports.ts'), async (original) => ({
  ...(await original()),
  systemClock: (await import('./stepped-time.ts')).steppedClock,
}))
vi.mock(import('../../sidecar/src/hub/serial.ts'), async (original) => {
  const { createSerial } = await original()
  const { watchedSerial } = await import('./stepped-time.ts')
  return { createSerial: (failed) => watchedSerial(createSerial(failed)) }
})

const runCount = Number(process.env.GATEHOUSE_STORIES ?? '300')
const seed = Number(process.env.GATEHOUSE_SEED ?? Date.now() % 0x7fff_ffff)
const patienceMs = 60_000 + runCount * 2_000

let stage: Stage
beforeAll(async () => {
  stage = await createStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('whatever others do', () => {
  it(
    `the first tenant observes the same (${runCount} stories, seed ${seed})`,
    async () => {
      const property = fc.asyncProperty(stories(), (story) => expectNoInterference(stage, story))
      await fc.assert(property, { numRuns: runCount, seed })
      expect(stage.practice.isWorkerAlive()).toBe(true)
    },
    patienceMs,
  )
})
