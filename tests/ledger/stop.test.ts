/** Does a job end whose person may run none any more, however far it had come when they lost the right? */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FakeComfyui } from './fake-comfyui.ts'
import { alice, bob, graph, marks, openLedger, startLedgerWorld, submitted } from './ledger-world.ts'

const mayNot = { message: 'They may run none any more.', sparesRunning: false }

it('a prompt that was let in before the right was gone, and recorded after, is stopped', async () => {
  const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using world = await startLedgerWorld({
    mayStillRun: async ({ userId }) => {
      if (userId !== alice.userId) return true
      asked.resolve()
      await goOn.promise
      return true
    },
  })
  await submitted(world.ledger, bob, graph(1))
  const submission = submitted(world.ledger, alice, graph(2))
  await asked.promise
  const stopping = world.ledger.stopJobs(async ({ userId }) => (userId === alice.userId ? mayNot : undefined))
  // Behind what the ledger asked the database before.
  for (let round = 0; round < 3; round += 1) await world.ledger.jobsOf(bob).active()
  goOn.resolve()
  await Promise.all([submission, stopping])
  expect(marks(world.comfyui)).toEqual([1])
  expect(await world.ledger.jobsOf(alice).active()).toEqual([])
})

it('what waits is stopped although a job of somebody else runs that cannot be, while ComfyUI does not answer', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-stop-'))
  await using comfyui = new FakeComfyui()
  await comfyui.listen()
  let url = comfyui.url
  const { ledger, close } = await openLedger(dataDir, () => url)
  await submitted(ledger, alice, graph(1))
  const running = await ledger.hubSide.find(comfyui.start().id)
  if (running === undefined) throw new Error('nobody knows it')
  await ledger.hubSide.started(running)
  await submitted(ledger, bob, graph(2))
  url = 'http://127.0.0.1:9'
  await expect(ledger.stopJobs(async () => mayNot)).rejects.toMatchObject({ code: 'comfyui_down' })
  expect(await ledger.jobsOf(alice).counts()).toEqual({ pending: 0, running: 1 })
  expect(await ledger.jobsOf(bob).counts()).toEqual({ pending: 0, running: 0 })
  await close()
  await rm(dataDir, { recursive: true })
})
