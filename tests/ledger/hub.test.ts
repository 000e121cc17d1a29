/** Does everybody hear their own jobs, in order and in their own names, and nothing else? */
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubWorld, heardTheEnd, type Listener, queueIn, runIn, startHubWorld } from './hub-world.ts'
import { alice, ann, bob, carol, nodeId } from './ledger-world.ts'

let world: HubWorld
beforeEach(async () => {
  world = await startHubWorld({ allowEvents: () => ['pack-progress'], maxSockets: () => 5 })
})
afterEach(() => world[Symbol.asyncDispose]())

const queue = (who: typeof alice, mark: number, clientId: string) => queueIn(world, who, mark, clientId)
const runs = (who: typeof alice, tell?: (upstreamId: string) => void, outputs = {}): string =>
  runIn(world, who, tell, outputs)

/** bob's own job, queued after what he must not hear of: when he heard its end, he would have heard the rest. */
async function nothingReached(listener: Listener): Promise<void> {
  const before = listener.events().length
  const sentinel = await queue(bob, 99, 'tab-b')
  runs(bob)
  await heardTheEnd(listener, sentinel)
  expect(
    listener
      .events()
      .slice(before)
      .every(({ data }) => data.prompt_id === sentinel),
  ).toBe(true)
}

describe('the answer to a prompt', () => {
  it('comes before the events of its job, however fast ComfyUI runs it', async () => {
    const listener = await world.join(alice, 'tab-a')
    const { comfyui } = world.base
    const order: string[] = []
    listener.socket.on('message', (data) => order.push(parseType(String(data))))
    comfyui.onPost = async () => {
      runs(alice)
      // A pong says that everything before it was read.
      for (const socket of [...comfyui.sockets.values(), listener.socket]) {
        socket.ping()
        await once(socket, 'pong')
      }
    }
    const id = await queue(alice, 1, 'tab-a')
    order.push('answer')
    await heardTheEnd(listener, id)
    expect(order.filter((type) => type === 'answer' || type === 'execution_start')).toEqual([
      'answer',
      'execution_start',
    ])
  })
})

describe('a socket', () => {
  it('is greeted with its own counts and the id it asked for', async () => {
    await queue(bob, 1, 'x')
    const listener = await world.join(alice, 'tab-a')
    expect(listener.texts[0]).toEqual({
      type: 'status',
      data: { status: { exec_info: { queue_remaining: 0 } }, sid: 'tab-a' },
    })
  })

  it('gets a minted id when it has none that can be used', async () => {
    for (const bad of [undefined, 'x'.repeat(129), 'line\nbreak']) {
      expect((await world.join(alice, bad)).of('status')[0]?.sid).toMatch(/^[0-9a-f]{32}$/)
    }
  })

  it('negotiates features once, and whatever else it says is ignored', async () => {
    const listener = await world.join(alice, 'tab-a')
    listener.socket.send('[1')
    listener.socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    await expect
      .poll(() => listener.of('feature_flags'))
      .toEqual([{ supports_preview_metadata: true, max_upload_size: 1_000, assets: false }])
    listener.socket.send(JSON.stringify({ type: 'feature_flags', data: {} }))
    listener.socket.send(JSON.stringify({ type: 'execution_start', data: { prompt_id: 'forged' } }))
    const id = await queue(alice, 1, 'tab-a')
    runs(alice)
    await heardTheEnd(listener, id)
    expect(listener.of('feature_flags')).toHaveLength(1)
  })
})

describe('events of a job', () => {
  it('reach every socket of its user under its client id, in own names and in order', async () => {
    const tabs = [await world.join(alice, 'tab-a'), await world.join(alice, 'tab-a')]
    const others = [await world.join(alice, 'tab-2'), await world.join(ann, 'tab-a'), await world.join(bob, 'tab-b')]
    const id = await queue(alice, 1, 'tab-a')
    const node = nodeId(alice, '2')
    const upstreamId = runs(alice, (prompt_id) => {
      const state = {
        value: 1,
        max: 2,
        state: 'running',
        node_id: node,
        prompt_id,
        display_node_id: node,
        parent_node_id: null,
        real_node_id: node,
      }
      world.base.comfyui.emit('progress_state', { prompt_id, nodes: { [node]: state } })
      world.base.comfyui.emit('executed', {
        node,
        display_node: node,
        prompt_id,
        output: { images: [{ filename: 'x.png', subfolder: alice.tenant.folderKey, type: 'output' }] },
      })
    })
    for (const tab of tabs) {
      await heardTheEnd(tab, id)
      expect(tab.events().map(({ type }) => type)).toEqual([
        ...[
          'execution_start',
          'execution_cached',
          'executing',
          'progress_state',
          'executed',
          'execution_success',
          'executing',
        ],
      ])
      expect(tab.of('executed')).toEqual([
        {
          node: '2',
          display_node: '2',
          prompt_id: id,
          output: { images: [{ filename: 'x.png', subfolder: '', type: 'output' }] },
        },
      ])
      expect(tab.of('progress_state')[0]?.nodes).toMatchObject({
        2: { node_id: '2', prompt_id: id, parent_node_id: null },
      })
      const said = JSON.stringify(tab.texts)
      for (const secret of [upstreamId, node, alice.tenant.folderKey]) expect(said).not.toContain(secret)
    }
    if (others[2] !== undefined) await nothingReached(others[2])
    expect(others.slice(0, 2).map((listener) => listener.events())).toEqual([[], []])
  })

  it('come after the ledger has the result', async () => {
    const listener = await world.join(alice, 'tab-a')
    const jobs = world.base.ledger.jobsOf(alice)
    const found: (string | undefined)[] = []
    listener.socket.on('message', (data) => {
      const { type, data: event } = JSON.parse(String(data))
      if (type === 'execution_success') void jobs.find(event.prompt_id).then((job) => found.push(job?.state))
    })
    for (const mark of [1, 2, 3]) {
      const id = await queue(alice, mark, 'tab-a')
      runs(alice, undefined, { [nodeId(alice, '2')]: { images: [] } })
      await heardTheEnd(listener, id)
    }
    await expect.poll(() => found).toEqual(['completed', 'completed', 'completed'])
  })

  it("about a failure hold neither the server's folders nor anybody else's nodes", async () => {
    const listener = await world.join(alice, 'tab-a')
    const id = await queue(alice, 1, 'tab-a')
    const { comfyui } = world.base
    comfyui.start()
    comfyui.finish({}, [
      'execution_error',
      {
        node_id: nodeId(alice, '2'),
        node_type: 'PreviewImage',
        executed: [nodeId(alice, '1')],
        exception_message: `[Errno 2] No such file or directory: '/srv/comfy ui/input/${alice.tenant.folderKey}/cat.png'`,
        exception_type: 'FileNotFoundError',
        traceback: ['File "/srv/comfy/execution.py", line 1'],
        current_inputs: { image: [`${alice.tenant.folderKey}/cat.png`] },
        current_outputs: [nodeId(alice, '1'), nodeId(bob, '7')],
      },
    ])
    await heardTheEnd(listener, id)
    expect(listener.of('execution_error')).toEqual([
      {
        prompt_id: id,
        node_id: '2',
        node_type: 'PreviewImage',
        executed: ['1'],
        timestamp: 3_000,
        exception_message: "[Errno 2] No such file or directory: 'cat.png'",
        exception_type: 'FileNotFoundError',
        traceback: [],
        current_inputs: { image: ['cat.png'] },
        current_outputs: ['1'],
      },
    ])
    expect(await world.base.ledger.jobsOf(alice).find(id)).toMatchObject({
      state: 'failed',
      status: { messages: [{}, {}, ['execution_error', { current_outputs: ['1'] }]] },
    })
  })

  it('that nobody knows go to nobody, those the operator allows to the owner of the running job', async () => {
    const hers = await world.join(alice, 'tab-a')
    const his = await world.join(bob, 'tab-b')
    const id = await queue(alice, 1, 'tab-a')
    const { comfyui } = world.base
    const chatter = (prompt_id: string) => {
      for (const type of ['logs', 'assets.seed.started', 'cm-queue-status', 'unheard-of', 'pack-progress']) {
        comfyui.emit(type, { prompt_id, text: `${nodeId(alice, '2')} of ${prompt_id}` })
      }
    }
    chatter('before')
    runs(alice, chatter)
    chatter('after')
    await heardTheEnd(hers, id)
    await nothingReached(his)
    expect(hers.of('pack-progress')).toEqual([{ prompt_id: id, text: `2 of ${id}` }])
    expect(hers.events().filter(({ type }) => /logs|assets|cm-|unheard/.test(type))).toEqual([])
  })

  it('of a prompt that was queued past Gatehouse reach nobody', async () => {
    const his = await world.join(bob, 'tab-b')
    const { comfyui } = world.base
    comfyui.pending.push({ number: -5, id: 'direct', prompt: {}, extraData: {} })
    comfyui.start()
    comfyui.emitBinary(preview())
    comfyui.finish()
    await nothingReached(his)
    expect(his.binaries).toEqual([])
  })
})

const preview = () => Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]), Buffer.from('jpeg')])
function rich(metadata: object): Buffer {
  const json = Buffer.from(JSON.stringify(metadata))
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4, 0)
  head.writeUInt32BE(json.length, 4)
  return Buffer.concat([head, json, Buffer.from('jpeg')])
}
function progressText(node: string, text: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(3, 0)
  head.writeUInt32BE(node.length, 4)
  return Buffer.concat([head, Buffer.from(node + text)])
}

describe('binary frames', () => {
  it('reach the owner of the running job only, with metadata where it was asked for', async () => {
    const plain = await world.join(alice, 'tab-a')
    const modern = await world.join(alice, 'tab-a')
    modern.socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    await expect.poll(() => modern.of('feature_flags')).toHaveLength(1)
    const his = await world.join(bob, 'tab-b')
    const id = await queue(alice, 1, 'tab-a')
    const { comfyui } = world.base
    const node = nodeId(alice, '2')
    const ids = (node_id: string) => ({
      node_id,
      display_node_id: node_id,
      parent_node_id: null,
      real_node_id: node_id,
      image_type: 'image/jpeg',
    })
    comfyui.emitBinary(preview())
    runs(alice, (prompt_id) => {
      comfyui.emitBinary(rich({ prompt_id, ...ids(node) }))
      comfyui.emitBinary(rich({ prompt_id: 'another', ...ids(node) }))
      comfyui.emitBinary(rich({ prompt_id, ...ids(nodeId(bob, '2')) }))
      comfyui.emitBinary(progressText(node, 'half way'))
      comfyui.emitBinary(progressText(nodeId(bob, '2'), 'not hers'))
      comfyui.emitBinary(Buffer.from([0, 0, 0, 9, 1, 2, 3, 4]))
      comfyui.emitBinary(Buffer.from([0, 0]))
    })
    comfyui.emitBinary(preview())
    await heardTheEnd(plain, id)
    await heardTheEnd(modern, id)
    await nothingReached(his)
    expect(plain.binaries).toEqual([preview(), progressText('2', 'half way')])
    expect(modern.binaries.map((frame) => frame.readUInt32BE(0))).toEqual([4, 3])
    const metadata = JSON.parse(
      modern.binaries[0]?.subarray(8, 8 + (modern.binaries[0]?.readUInt32BE(4) ?? 0)).toString() ?? '',
    )
    expect(metadata).toEqual({ prompt_id: id, ...ids('2') })
    expect(his.binaries).toEqual([])
  })
})

describe('counts', () => {
  it('are told to the tenant they belong to, and change for nobody else', async () => {
    const hers = await world.join(ann, 'tab-n')
    const his = await world.join(bob, 'tab-b')
    await queue(alice, 1, 'tab-a')
    await expect.poll(() => hers.of('status').at(-1)).toEqual({ status: { exec_info: { queue_remaining: 1 } } })
    runs(alice)
    await expect.poll(() => hers.of('status').at(-1)).toEqual({ status: { exec_info: { queue_remaining: 0 } } })
    expect(his.of('status')).toHaveLength(1)
  })

  it('come with the place in the shared queue', async () => {
    const his = await world.join(bob, 'tab-b')
    await queue(alice, 1, 'tab-a')
    await queue(bob, 2, 'tab-b')
    await expect
      .poll(() => his.of('gatehouse_queue').at(-1))
      .toEqual({ pending: 1, running: 0, ahead: 1, startsInSeconds: null })
    runs(alice)
    await expect
      .poll(() => his.of('gatehouse_queue').at(-1), { timeout: 3_000 })
      .toEqual({ pending: 1, running: 0, ahead: 0, startsInSeconds: null })
  })

  it('are told anew to nobody who has no job, whatever others queue', async () => {
    const his = await world.join(bob, 'tab-b')
    const hers = await world.join(carol, 'tab-c')
    await queue(alice, 1, 'tab-a')
    await queue(carol, 2, 'tab-c')
    await expect.poll(() => hers.of('gatehouse_queue').at(-1)).toMatchObject({ ahead: 1 })
    runs(alice)
    // Whoever listens is told of a change in one go, in the order in which they came.
    await expect.poll(() => hers.of('gatehouse_queue').at(-1), { timeout: 3_000 }).toMatchObject({ ahead: 0 })
    expect(his.of('gatehouse_queue')).toEqual([])
  })

  it('come after the last frames of a job', async () => {
    const hers = await world.join(alice, 'tab-a')
    const id = await queue(alice, 1, 'tab-a')
    await expect.poll(() => hers.of('status').at(-1)).toEqual({ status: { exec_info: { queue_remaining: 1 } } })
    runs(alice)
    await heardTheEnd(hers, id)
    await expect.poll(() => hers.of('status').at(-1)).toEqual({ status: { exec_info: { queue_remaining: 0 } } })
    const zero = hers.texts.findLastIndex(({ type }) => type === 'status')
    expect(zero).toBeGreaterThan(hers.texts.findLastIndex(({ type }) => type === 'executing'))
  })
})

describe('closing', () => {
  it('ends the sockets of what was revoked, and no others', async () => {
    const hers = await world.join(alice, 'tab-a')
    const his = await world.join(bob, 'tab-b')
    world.hub.close(({ credentialId }) => credentialId === alice.identity.credentialId)
    expect(await hers.closed).toBe(4401)
    await nothingReached(his)
  })

  it('does not let one user open sockets without end', async () => {
    for (let count = 0; count < 5; count += 1) await world.join(alice, 'tab-a')
    expect(world.hub.mayJoin(alice)).toBe(false)
    expect(await (await world.join(alice, 'tab-a')).closed).toBe(1013)
    expect(world.hub.mayJoin(bob)).toBe(true)
  })

  it('drops a reader that is too slow, alone', async () => {
    const slow = await world.join(alice, 'tab-a')
    const quick = await world.join(alice, 'tab-a')
    slow.socket.pause()
    const id = await queue(alice, 1, 'tab-a')
    const node = nodeId(alice, '2')
    const { comfyui } = world.base
    const prompt_id = comfyui.start().id
    const output = { text: ['x'.repeat(1024 * 1024)] }
    // Far more than the limit and what the system buffers for a socket on its own.
    for (let count = 1; count <= 40; count += 1) {
      comfyui.emit('executed', { node, display_node: node, prompt_id, output })
      await expect.poll(() => quick.of('executed').length, { interval: 5, timeout: 5_000 }).toBe(count)
    }
    comfyui.finish()
    await heardTheEnd(quick, id)
    slow.socket.resume()
    await slow.closed
    expect(slow.of('executing').some((data) => data.node === null)).toBe(false)
    expect(slow.of('executed').length).toBeLessThan(40)
  })
})

function parseType(text: string): string {
  return (JSON.parse(text) as { type: string }).type
}
