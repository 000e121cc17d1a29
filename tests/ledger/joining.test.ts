/** What becomes of a socket that cannot be greeted, and of one whose reader needs time? */
import { expect, it } from 'vitest'
import { startHubWorld } from './hub-world.ts'
import { alice, graph, nodeId, submitted } from './ledger-world.ts'

it('one that cannot be greeted is closed, both ways and at once, and the next one joins', async () => {
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

it('one in the middle of a long frame is told small things after it, and stays', async () => {
  await using world = await startHubWorld()
  const reader = await world.join(alice, 'tab-a')
  reader.socket.pause()
  const id = await submitted(world.base.ledger, alice, graph(1, { client_id: 'tab-a' }))
  const { comfyui } = world.base
  const { id: prompt_id } = comfyui.start()
  const node = nodeId(alice, '2')
  // Far more than the system keeps for a connection that nobody reads.
  comfyui.emit('executed', { node, display_node: node, prompt_id, output: { text: ['x'.repeat(48 * 1024 * 1024)] } })
  const witness = await world.join(alice, 'tab-a')
  comfyui.finish()
  const isTheEnd = () => [reader, witness].map((one) => one.of('executing').some((data) => data.node === null))
  await expect.poll(() => isTheEnd()[1], { timeout: 10_000 }).toBe(true)
  reader.socket.resume()
  await expect.poll(() => isTheEnd()[0], { timeout: 10_000 }).toBe(true)
  expect(reader.of('executed')[0]?.prompt_id).toBe(id)
  expect(reader.socket.readyState).toBe(reader.socket.OPEN)
})
