/** What do open pages hear when the one socket to ComfyUI breaks, and comes back? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubWorld, heardTheEnd, queueIn, runIn, startHubWorld } from './hub-world.ts'
import { alice, ann, nodeId } from './ledger-world.ts'

let world: HubWorld
beforeEach(async () => {
  world = await startHubWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

describe('the upstream socket', () => {
  it('comes back under the same id after ComfyUI was restarted, and its job is told again from the start', async () => {
    const hers = await world.join(alice, 'tab-a')
    const id = await queueIn(world, alice, 1, 'tab-a')
    const { comfyui } = world.base
    comfyui.start()
    await expect.poll(() => hers.of('execution_start').length).toBe(1)
    comfyui.restart()
    await expect.poll(() => comfyui.pending.length, { timeout: 5_000 }).toBe(1)
    expect([...comfyui.sockets.keys()]).toEqual([world.base.ledger.hubSide.clientId])
    runIn(world, alice)
    await heardTheEnd(hers, id)
    expect(hers.of('execution_success')).toHaveLength(1)
  })

  it('tells a job that ended while it was away', async () => {
    const hers = await world.join(alice, 'tab-a')
    const id = await queueIn(world, alice, 1, 'tab-a')
    const { comfyui } = world.base
    comfyui.start()
    await expect.poll(() => hers.of('execution_start').length).toBe(1)
    for (const socket of comfyui.sockets.values()) socket.terminate()
    comfyui.sockets.clear()
    comfyui.finish()
    await heardTheEnd(hers, id)
    expect(hers.of('execution_success')).toHaveLength(1)
  })

  it('a socket that joins meanwhile hears which node runs', async () => {
    const first = await world.join(alice, 'tab-a')
    await queueIn(world, alice, 1, 'tab-a')
    const { id } = world.base.comfyui.start()
    world.base.comfyui.emit('executing', { node: nodeId(alice, '2'), display_node: nodeId(alice, '2'), prompt_id: id })
    await expect.poll(() => first.of('executing').length).toBe(1)
    const again = await world.join(alice, 'tab-a')
    await expect.poll(() => again.of('executing')).toEqual([{ node: '2' }])
    const theirs = await world.join(ann, 'tab-a')
    await expect.poll(() => theirs.of('status').length).toBeGreaterThan(0)
    expect(theirs.of('executing')).toEqual([])
  })
})
