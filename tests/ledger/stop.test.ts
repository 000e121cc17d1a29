/** Does a job end whose person may run none any more, however far it had come when they lost the right? */
import { expect, it } from 'vitest'
import { alice, bob, graph, marks, startLedgerWorld, submitted } from './ledger-world.ts'

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
