/** What becomes of a socket that cannot be greeted? */
import { expect, it } from 'vitest'
import { startHubWorld } from './hub-world.ts'
import { alice } from './ledger-world.ts'

it('it is closed, both ways and at once, and the next one joins', async () => {
  let isDown = false
  await using world = await startHubWorld({
    maxSockets: () => 1,
    between: (ledger) => ({
      ...ledger,
      position: async (tenantId) => {
        if (isDown) throw new Error('the store is away')
        return ledger.position(tenantId)
      },
    }),
  })
  isDown = true
  const listener = await world.join(alice, 'tab-a')
  // A paused server would keep the connection for the 30 s in which `ws` waits for the answer to its closing frame.
  expect(await listener.closed).toBe(1011)
  expect(listener.texts).toEqual([])
  expect(world.failures).toEqual([new Error('the store is away')])
  isDown = false
  expect((await world.join(alice, 'tab-a')).of('status')).toHaveLength(1)
})
