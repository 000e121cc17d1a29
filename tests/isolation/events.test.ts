import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { savedPicture } from '../support/graphs.ts'
import type { Graph, Listener, Message } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
// What one leaves held, where it fails, is not the fault of the next.
afterEach(() => world.practice.release())
afterAll(() => world[Symbol.asyncDispose]())

/** Emits progress, previews and a text frame, as a sampler and a node that shows text do. */
const noisy: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 1 } },
  '2': { class_type: 'GetImageSize', inputs: { image: ['1', 0] } },
  '3': { class_type: 'PreviewAny', inputs: { source: ['2', 0] } },
  '4': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'noisy' } },
}

const isEnd = (id: string) => (message: Message) =>
  message.type === 'executing' && message.data.node === null && message.data.prompt_id === id

function remaining({ data }: Message): unknown {
  const status = data.status as { readonly exec_info?: { readonly queue_remaining?: number } } | undefined
  return status?.exec_info?.queue_remaining
}

/** Everything but greetings and own counts: what belongs to a job. */
function aboutJobs(listener: Listener): readonly Message[] {
  return listener.messages.filter(({ type }) => !['status', 'feature_flags', 'gatehouse_queue'].includes(type))
}

describe('live events reach the person who queued the job, and nobody else', () => {
  it('in the order in which ComfyUI sends them, under own names', async () => {
    using socket = await world.alice.listens('tab-1')
    const job = await world.alice.queues(noisy, { client_id: 'tab-1' })
    await socket.hears(isEnd(job.id))
    const types = aboutJobs(socket).map(({ type }) => type)
    expect(types[0]).toBe('execution_start')
    expect(types.slice(-2)).toEqual(['execution_success', 'executing'])
    expect(socket.messages.filter(({ type }) => type === 'executed').map(({ data }) => data.node)).toEqual(
      expect.arrayContaining(['3', '4']),
    )
    const text = JSON.stringify(socket.messages)
    expect(text).not.toContain(world.alice.folderKey)
    for (const { data } of aboutJobs(socket)) if (data.prompt_id !== undefined) expect(data.prompt_id).toBe(job.id)
    expect(socket.binary.some((frame) => frame.readUInt32BE(0) === 3)).toBe(true)
  })

  it('so that a stranger to the job hears nothing about it, not even with the same client id', async () => {
    using alice = await world.alice.listens('shared-id')
    using bob = await world.bob.listens('shared-id')
    using ann = await world.ann.listens('shared-id')
    const job = await world.alice.queues(noisy, { client_id: 'shared-id' })
    await alice.hears(isEnd(job.id))
    // A job of bob's own is the sentinel: what he hears of it comes after everything he could have heard of hers.
    const sentinel = await world.bob.queues(savedPicture('sentinel'), { client_id: 'shared-id' })
    await bob.hears(isEnd(sentinel.id))
    for (const listener of [bob, ann]) expect(JSON.stringify(listener.messages)).not.toContain(job.id)
    expect(aboutJobs(bob).every(({ data }) => data.prompt_id === undefined || data.prompt_id === sentinel.id)).toBe(
      true,
    )
    expect(aboutJobs(ann)).toEqual([])
    expect(bob.binary.filter((frame) => frame.readUInt32BE(0) === 3)).toEqual([])
  })

  it('and counts are those of the own tenant', async () => {
    using alice = await world.alice.listens('counting')
    world.practice.hold()
    const jobs = [await world.alice.queues(savedPicture('one')), await world.alice.queues(savedPicture('two'))]
    await alice.hears((message) => message.type === 'status' && remaining(message) === 2)
    using ann = await world.ann.listens('same-tenant')
    using bob = await world.bob.listens('other-tenant')
    expect(remaining(await ann.hears(({ type }) => type === 'status'))).toBe(2)
    expect(remaining(await bob.hears(({ type }) => type === 'status'))).toBe(0)
    world.practice.release()
    for (const job of jobs) await job.finishes()
    await alice.hears((message) => message.type === 'status' && remaining(message) === 0)
    expect(bob.messages.filter(({ type }) => type === 'status').map(remaining)).toEqual([0])
  })

  it('and the greeting gives back the id that the client chose', async () => {
    using chosen = await world.alice.listens('my-own-id')
    expect((await chosen.hears(({ type }) => type === 'status')).data.sid).toBe('my-own-id')
    using minted = await world.alice.listens()
    expect(String((await minted.hears(({ type }) => type === 'status')).data.sid)).toMatch(/^[0-9a-f]{32}$/)
  })

  it('and a socket that closes mutes no other', async () => {
    const older = await world.alice.listens('twice')
    using newer = await world.alice.listens('twice')
    older[Symbol.dispose]()
    const job = await world.alice.queues(savedPicture('twice'), { client_id: 'twice' })
    await newer.hears(isEnd(job.id))
  })

  it('and the history is there when the end is heard', async () => {
    using socket = await world.alice.listens('asks-at-once')
    const job = await world.alice.queues(savedPicture('at-once'), { client_id: 'asks-at-once' })
    await socket.hears((message) => message.type === 'execution_success' && message.data.prompt_id === job.id)
    expect(await world.alice.json(`/history/${job.id}`)).toHaveProperty(job.id)
  })
})

describe('a socket', () => {
  it('is refused to a stranger', async () => {
    await expect(world.mallory.listens('x')).rejects.toThrow('401')
  })

  it('closes when its key is revoked', async () => {
    using socket = await world.ann.listens('revoked')
    const closed = new Promise<number>((resolve) => socket.socket.once('close', resolve))
    for (const key of await world.store.apiKeys.list())
      if (world.ann.key.includes(key.id)) await world.store.apiKeys.revoke(key.id)
    expect(await closed).toBe(4401)
    await expect(world.ann.listens('revoked')).rejects.toThrow('401')
    expect((await world.ann.fetch('/queue')).status).toBe(401)
  })
})

describe('a repeated graph', () => {
  it('is told as cached to the tenant who ran it, and as new to everybody else', async () => {
    const graph = savedPicture('repeated', 4711)
    const cachedFor = async (person: World['alice'], clientId: string) => {
      using socket = await person.listens(clientId)
      const job = await person.queues(graph, { client_id: clientId })
      await socket.hears(isEnd(job.id))
      return socket.messages.find(({ type }) => type === 'execution_cached')?.data.nodes
    }
    expect(await cachedFor(world.alice, 'first')).toEqual([])
    expect(await cachedFor(world.alice, 'again')).toEqual(expect.arrayContaining(['1', '2', '3']))
    expect(await cachedFor(world.bob, 'other')).toEqual([])
  })
})
