import type { FolderKey, JobId, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JobFacts } from '../store/job-store.ts'
import { createOvertime, type Overtime } from './overtime.ts'
import { createSerial } from './serial.ts'

const second = 1_000
const timing = { lookEveryMs: 5 * second, obeyMs: 60 * second }
const serial = createSerial(() => undefined)

let nowMs = 0
let due: (() => void) | undefined
let running: JobFacts[] = []
let done: string[] = []
let overtime: Overtime

const job = (id: string): JobFacts => ({
  id: id as JobId,
  tenantId: 'acme' as TenantId,
  userId: 'alice' as UserId,
  folderKey: 'a' as FolderKey,
  clientId: undefined,
  state: 'in_progress',
  sortNumber: 0,
  seq: 0,
  attempt: 1,
  suspectedCount: 0,
  upstreamId: `upstream ${id}` as UpstreamPromptId,
  upstreamNumber: 0,
  upstreamFinish: 0,
  hadSecret: false,
  ...{ queuedBy: undefined, queuedAs: undefined, isByOneFactor: false, createdAtMs: 0 },
})

async function pass(ms: number, each: () => void = () => undefined): Promise<void> {
  const endMs = nowMs + ms
  while (nowMs < endMs) {
    nowMs += timing.lookEveryMs
    each()
    due?.()
    await serial.idle()
  }
}

beforeEach(() => {
  nowMs = 0
  running = []
  done = []
  overtime = createOvertime({
    ledger: {
      running: async () => running,
      stop: async ({ id }) => void done.push(`stop ${id}`),
      giveUp: async ({ id }, message) => {
        done.push(`give up ${id}: ${message}`)
        running = []
      },
    },
    serial,
    clock: {
      nowMs: () => nowMs,
      after: (_, task) => {
        due = task
        return () => {
          due = undefined
        }
      },
    },
    log: { info: () => undefined, error: () => undefined },
    timesOf: async () => ({ timeMs: 600 * second, silenceMs: 120 * second }),
    cannotStop: (upstreamId) => done.push(`cannot stop ${upstreamId}`),
    timing,
  })
})

describe('a running job', () => {
  it('may take its time while it is heard of', async () => {
    running = [job('a')]
    await pass(595 * second, overtime.heard)
    expect(done).toEqual([])
  })

  it('is told to end when its time is over, once', async () => {
    running = [job('a')]
    await pass(630 * second, overtime.heard)
    expect(done).toEqual(['stop a'])
  })

  it('is told to end when nothing is heard of it', async () => {
    running = [job('a')]
    await pass(130 * second)
    expect(done).toEqual(['stop a'])
  })

  it('that does not obey is given up, and blocks the worker', async () => {
    running = [job('a')]
    await pass(300 * second)
    expect(done).toEqual([
      'stop a',
      'give up a: ComfyUI told nothing of this job for 2 minutes. It was taken for one that hangs, and was ended.',
      'cannot stop upstream a',
    ])
  })

  it('begins anew when it is another one', async () => {
    running = [job('a')]
    await pass(100 * second)
    running = [job('b')]
    await pass(100 * second)
    expect(done).toEqual([])
  })

  it('is nobody else to judge after the end', async () => {
    running = [job('a')]
    overtime.stop()
    expect(due).toBeUndefined()
  })
})
