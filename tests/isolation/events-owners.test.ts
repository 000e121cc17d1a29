/** Whose are the events of packs, of failures, of jobs from elsewhere, and what does a tab hear that comes back? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Listener } from '../support/person.ts'
import { until } from '../support/person.ts'
import { allowedEvent, type FramesWorld, heard, startFramesWorld, uint32 } from './frames-world.ts'

let frames: FramesWorld
beforeEach(async () => {
  frames = await startFramesWorld()
})
afterEach(() => frames[Symbol.asyncDispose]())

const of = (listener: Listener, type: string) =>
  listener.messages.filter((message) => message.type === type).map(({ data }) => data)

describe('events of packs', () => {
  it('go to nobody unless the operator allows them', async () => {
    const { alice, bob, ann, hers, tell } = frames
    const types = ['unheard-of', 'cm-queue-status', 'assets.seed.started', 'logs', 'notification', 'gatehouse_queue']
    for (const type of types) tell(type, { prompt_id: hers.upstreamId, forged: true })
    await frames.settled()
    for (const listener of [alice, bob, ann]) expect(JSON.stringify(listener.messages)).not.toContain('forged')
  })

  it("that are allowed go to the owner of the running job, in the owner's names", async () => {
    const { world, alice, bob, ann, hers, tell } = frames
    tell(allowedEvent, {
      prompt_id: hers.upstreamId,
      node: hers.node('1'),
      text: `${hers.upstreamId} wrote /srv/comfy/output/${world.alice.folderKey}/x.png`,
      seed: 7,
    })
    await frames.settled()
    expect(of(alice, allowedEvent)).toEqual([
      { prompt_id: hers.id, node: '1', text: `${hers.id} wrote x.png`, seed: 7 },
    ])
    for (const listener of [bob, ann]) expect(of(listener, allowedEvent)).toEqual([])
  })

  it('that are allowed and name somebody else go to nobody', async () => {
    const { world, alice, bob, ann, hers, his, tell } = frames
    const { folderKey } = world.bob
    for (const data of [
      { prompt_id: his.upstreamId },
      { prompt_id: hers.upstreamId, before: his.upstreamId },
      { [his.upstreamId]: true },
      { node: his.node('1') },
      { deep: [{ path: `output/${folderKey}/his.png` }] },
      { prompt_id: [hers.upstreamId] },
    ])
      tell(allowedEvent, data)
    await frames.settled()
    for (const listener of [alice, bob, ann]) expect(of(listener, allowedEvent)).toEqual([])
  })

  it('that are allowed go to nobody while no job runs, or a job from elsewhere', async () => {
    const { alice, bob, hers, his, tell, comfyui } = frames
    comfyui.release()
    for (const job of [hers, his]) await job.finishes()
    tell(allowedEvent, { text: 'between' })
    comfyui.hold()
    const prompt = { '1': { class_type: 'PreviewAny', inputs: { source: 'direct' } } }
    await fetch(`${comfyui.url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt, client_id: 'elsewhere' }) })
    await until(async () => (comfyui.steps.jobs().running.length > 0 ? true : undefined))
    const direct = comfyui.steps.jobs().running[0]
    tell('execution_start', { prompt_id: direct, timestamp: 1 })
    tell('executing', { node: '1', display_node: '1', prompt_id: direct })
    tell('progress_state', { prompt_id: direct, nodes: { '1': { value: 1, max: 2, state: 'running' } } })
    frames.tellBinary(1, 1, 'jpeg')
    tell(allowedEvent, { prompt_id: direct, text: 'elsewhere' })
    comfyui.release()
    const last = await frames.world.alice.queues(
      { '1': { class_type: 'PreviewAny', inputs: { source: 'last' } } },
      { client_id: 'shared' },
    )
    await alice.hears(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === last.id)
    for (const listener of [alice, bob]) {
      expect(JSON.stringify(listener.messages)).not.toMatch(/between|elsewhere/)
      expect(JSON.stringify(listener.messages)).not.toContain(direct)
      expect(listener.binary.filter((frame) => frame.includes('jpeg'))).toEqual([])
    }
  })
})

describe('a failure', () => {
  it("is told without the server's folders and others' nodes, in events, history and jobs alike", async () => {
    const { world, alice, bob, ann, hers, his, tell, comfyui } = frames
    const { folderKey } = world.alice
    tell('execution_error', {
      prompt_id: hers.upstreamId,
      node_id: hers.node('4'),
      node_type: 'SaveImage',
      executed: [hers.node('1'), his.node('1')],
      exception_message: `cannot write '/srv/comfy ui/output/${folderKey}/x.png' nor file:///srv/comfy/temp/y.png`,
      exception_type: 'OSError',
      traceback: ['  File "/srv/comfy/execution.py", line 1, in run\n'],
      current_inputs: { images: [`/srv/comfy/input/${folderKey}/cat.png`], [hers.node('1')]: ['C:\\comfy\\x.bin'] },
      current_outputs: [hers.node('1'), his.node('1')],
      timestamp: 5,
    })
    tell('executing', { node: null, prompt_id: hers.upstreamId })
    const told = await alice.hears(({ type }) => type === 'execution_error')
    expect(told.data).toEqual({
      prompt_id: hers.id,
      node_id: '4',
      node_type: 'SaveImage',
      executed: ['1'],
      exception_message: "cannot write 'x.png' nor y.png",
      exception_type: 'OSError',
      traceback: [],
      current_inputs: { images: ['cat.png'], 1: ['x.bin'] },
      current_outputs: ['1'],
      timestamp: 5,
    })
    const shown = await Promise.all(
      [`/history/${hers.id}`, '/history', `/api/jobs/${hers.id}`, '/api/jobs'].map(async (path) =>
        (await world.alice.fetch(path)).text(),
      ),
    )
    for (const text of [...shown, JSON.stringify(alice.messages)]) {
      expect(text).toContain(hers.id)
      expect(text).not.toMatch(/srv|comfy ui|C:|execution\.py/)
      for (const secret of [folderKey, hers.upstreamId, his.upstreamId, his.node('')])
        expect(text).not.toContain(secret)
    }
    expect(shown[0]).toContain('cannot write')
    for (const listener of [bob, ann]) expect(heard(listener)).toEqual([])
    comfyui.release()
  })

  it('of a prompt at the door tells no folder of the server either', async () => {
    const { world } = frames
    const prompt = {
      '1': { class_type: 'LoadImage', inputs: { image: 'nope.png' } },
      '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
    }
    const answer = await world.alice.post('/prompt', { prompt })
    expect(answer.status).toBe(400)
    const text = await answer.text()
    expect(text).toContain('node_errors')
    for (const secret of [frames.comfyui.baseDirectory, world.alice.folderKey, world.bob.folderKey])
      expect(text).not.toContain(secret)
  })
})

describe('a client id', () => {
  it('of a foreign tab brings its owner nothing of the job, and the thief nothing of the tab', async () => {
    const { world, alice, bob, comfyui, hers, his } = frames
    comfyui.release()
    for (const job of [hers, his]) await job.finishes()
    const last = (listener: Listener) => heard(listener).filter(({ data }) => data.prompt_id === stolen.id)
    const stolen = await world.bob.queues(
      { '1': { class_type: 'PreviewAny', inputs: { source: 'stolen' } } },
      { client_id: 'shared' },
    )
    await bob.hears(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === stolen.id)
    const own = await world.alice.queues(
      { '1': { class_type: 'PreviewAny', inputs: { source: 'own' } } },
      { client_id: 'shared' },
    )
    await alice.hears(({ type, data }) => type === 'executing' && data.node === null && data.prompt_id === own.id)
    expect(last(alice)).toEqual([])
    expect(JSON.stringify(bob.messages)).not.toContain(own.id)
    // Opening a socket under the id did not close, mute or greet the other's.
    expect(alice.socket.readyState).toBe(alice.socket.OPEN)
  })
})

describe('a tab that comes back', () => {
  it('hears which node of its own job runs, and nobody else does', async () => {
    const { world, alice, hers, tell } = frames
    tell('executing', { node: hers.node('1'), display_node: hers.node('1'), prompt_id: hers.upstreamId })
    await frames.settled()
    alice[Symbol.dispose]()
    using again = await world.alice.listens('shared')
    expect((await again.hears(({ type }) => type === 'executing')).data).toEqual({ node: '1' })
    using other = await world.alice.listens('another-tab')
    using his = await world.bob.listens('shared')
    using anns = await world.ann.listens('shared')
    for (const listener of [other, his, anns]) {
      await listener.hears(({ type }) => type === 'status')
      // What it is greeted with is out before the answer to a ping.
      await new Promise((resolve) => {
        listener.socket.once('pong', resolve)
        listener.socket.ping()
      })
      expect(of(listener, 'executing')).toEqual([])
    }
  })
})

describe("ComfyUI's own socket", () => {
  it('that breaks in the middle of a job is opened again, and the rest goes to its owner alone', async () => {
    const { alice, bob, ann, hers, tell, comfyui, world } = frames
    const before = heard(alice).length
    comfyui.steps.cut()
    await until(async () => ((await world.alice.fetch('/ready')).status === 503 ? true : undefined))
    await until(async () => ((await world.alice.fetch('/ready')).status === 200 ? true : undefined))
    // Until an event names the job, nobody knows whose a bare preview is.
    frames.tellBinary(1, 1, 'nobody knows whose')
    tell('executing', { node: hers.node('1'), display_node: hers.node('1'), prompt_id: hers.upstreamId })
    frames.tellBinary(1, 1, 'hers again')
    await frames.settled()
    expect(
      heard(alice)
        .slice(before)
        .map(({ type }) => type),
    ).toContain('executing')
    expect(alice.binary).toEqual([Buffer.concat([uint32(1), uint32(1), Buffer.from('hers again')])])
    for (const listener of [bob, ann]) expect([heard(listener), listener.binary]).toEqual([[], []])
    comfyui.release()
    await alice.hears(({ type, data }) => type === 'execution_success' && data.prompt_id === hers.id)
    expect(of(alice, 'execution_success')).toHaveLength(1)
  })
})
