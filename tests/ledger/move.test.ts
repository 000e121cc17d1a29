/** What becomes of jobs that are handed to another worker when the first one does not answer, or comes back? */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeComfyui } from './fake-comfyui.ts'
import { alice, bob, bodyOf, graph, marks, noKey, openLedger, submitted } from './ledger-world.ts'

type Opened = Awaited<ReturnType<typeof openLedger>>

const nowhere = 'http://127.0.0.1:9'
let dataDir: string
let left: FakeComfyui
let reached: FakeComfyui
let isDown: boolean
let mayAliceRun: boolean
let from: Opened
let to: Opened
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-move-'))
  left = new FakeComfyui()
  reached = new FakeComfyui()
  await Promise.all([left.listen(), reached.listen()])
  isDown = false
  mayAliceRun = true
  const isAliceAway = async (tenantId: string) => tenantId !== alice.tenant.id
  from = await openLedger(dataDir, () => (isDown ? nowhere : left.url), { worker: 'left', isHome: isAliceAway })
  to = await openLedger(dataDir, () => reached.url, {
    worker: 'reached',
    judgeArrival: async ({ userId }) => (userId !== alice.userId || mayAliceRun ? undefined : mayNot),
  })
})
afterEach(async () => {
  await from.close()
  await to.close()
  await Promise.all([left[Symbol.asyncDispose](), reached[Symbol.asyncDispose]()])
  await rm(dataDir, { recursive: true })
})

const mayNot = { message: 'They may run none any more.', sparesRunning: false }
const moves = () => from.ledger.moveAway(alice.tenant.id, 'reached')
const historyOfAlice = () => to.ledger.jobsOf(alice).history({ maxItems: undefined, offset: undefined })

async function starts(): Promise<string> {
  const item = left.start()
  const job = await from.ledger.hubSide.find(item.id)
  if (job === undefined) throw new Error('nobody knows it')
  await from.ledger.hubSide.started(job)
  return item.id
}

describe('jobs that wait', () => {
  it('are posted by the new worker in their order, behind what waits there, and taken out of the old one', async () => {
    await submitted(to.ledger, bob, graph(1))
    await submitted(from.ledger, bob, graph(2))
    for (const mark of [3, 4]) await submitted(from.ledger, alice, graph(mark))
    await moves()
    expect(marks(left)).toEqual([2])
    expect(await to.ledger.reconcile()).toEqual({ missedCount: 0, repostedCount: 2, lostCount: 0 })
    expect(marks(reached)).toEqual([1, 3, 4])
    expect(await to.ledger.reconcile()).toMatchObject({ repostedCount: 0 })
    expect(await from.ledger.reconcile()).toEqual({ missedCount: 0, repostedCount: 0, lostCount: 0 })
  })

  it('are stopped on a worker that did not answer and still has them when it does', async () => {
    await submitted(from.ledger, bob, graph(1))
    await submitted(from.ledger, alice, graph(2))
    isDown = true
    await moves()
    await to.ledger.reconcile()
    expect(marks(reached)).toEqual([2])
    expect(marks(left)).toEqual([1, 2])
    isDown = false
    await from.ledger.reconcile()
    expect(marks(left)).toEqual([1])
  })

  it('go to the new worker although the old one lost them', async () => {
    await submitted(from.ledger, alice, graph(1))
    left.restart()
    await from.ledger.reconcile()
    expect(marks(left)).toEqual([])
    await moves()
    await to.ledger.reconcile()
    expect(marks(reached)).toEqual([1])
  })

  it('can be taken out before the new worker was sent them', async () => {
    const id = await submitted(from.ledger, alice, graph(1))
    await moves()
    expect(await to.ledger.jobsOf(alice).cancel(id)).toBe(true)
    await to.ledger.reconcile()
    expect(marks(reached)).toEqual([])
    expect(await to.ledger.jobsOf(alice).counts()).toEqual({ pending: 0, running: 0 })
  })

  it('are posted by nobody when their person lost the right on the way, past workers that looked for such jobs', async () => {
    await submitted(from.ledger, alice, graph(1))
    mayAliceRun = false
    await to.ledger.stopJobs(async () => mayNot)
    await moves()
    await from.ledger.stopJobs(async () => mayNot)
    await submitted(to.ledger, bob, graph(2))
    expect(await to.ledger.reconcile()).toMatchObject({ repostedCount: 0 })
    expect(marks(reached)).toEqual([2])
    expect(await to.ledger.jobsOf(alice).counts()).toEqual({ pending: 0, running: 0 })
    expect(await historyOfAlice()).toEqual([])
  })

  it('end with a reason when they carried a login that nobody kept', async () => {
    const withLogin = graph(1, { extra_data: { auth_token_comfy_org: 'secret' } })
    const id = bodyOf(await from.ledger.jobsOf(alice).submit(withLogin, noKey)).prompt_id
    await moves()
    await to.ledger.reconcile()
    expect(marks(reached)).toEqual([])
    expect(await historyOfAlice()).toMatchObject([{ id, state: 'failed', status: { status_str: 'error' } }])
  })
})

describe('a job that runs', () => {
  it('stays, and is not started again when its worker is lost', async () => {
    const id = await submitted(from.ledger, alice, graph(1))
    await starts()
    await moves()
    await to.ledger.reconcile()
    expect(marks(reached)).toEqual([])
    left.restart()
    expect(await from.ledger.reconcile()).toEqual({ missedCount: 0, repostedCount: 0, lostCount: 1 })
    expect(marks(left)).toEqual([])
    expect(await historyOfAlice()).toMatchObject([{ id, state: 'failed' }])
  })

  it('is not known to the other worker, whatever that tells of its id', async () => {
    await submitted(from.ledger, alice, graph(1))
    const upstreamId = await starts()
    expect(await to.ledger.hubSide.find(upstreamId)).toBeUndefined()
    expect(await from.ledger.hubSide.find(upstreamId)).toBeDefined()
  })
})
