/** Whatever ComfyUI, a node or a pack sends while a job runs: who hears it, and in whose names? */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/person.ts'
import { type FramesWorld, heard, startFramesWorld, uint32 } from './frames-world.ts'

let frames: FramesWorld
beforeEach(async () => {
  frames = await startFramesWorld()
})
afterEach(() => frames[Symbol.asyncDispose]())

/** Texts of anybody but the job's owner. */
const nothingForOthers = () => {
  for (const listener of [frames.bob, frames.ann]) {
    expect(heard(listener)).toEqual([])
    expect(listener.binary).toEqual([])
  }
}

/** What alice heard after `before`, while nobody else heard anything. */
async function onlyHers(tell: () => void) {
  const before = heard(frames.alice).length
  tell()
  await frames.settled()
  nothingForOthers()
  return heard(frames.alice).slice(before)
}

const preview = (id: string, node: string) => {
  const metadata = JSON.stringify({
    ...{ node_id: node, prompt_id: id, display_node_id: node, parent_node_id: null, real_node_id: node },
    image_type: 'image/png',
  })
  return [metadata.length, metadata, 'pixels'] as const
}

describe('binary frames', () => {
  it('of every type go to the owner of the running job, with own node ids', async () => {
    const { hers, tellBinary, alice } = frames
    await onlyHers(() => {
      tellBinary(1, 1, 'jpeg')
      tellBinary(1, 2, 'png')
      tellBinary(3, hers.node('1').length, hers.node('1'), `half way through ${hers.node('1')}`)
      tellBinary(4, ...preview(hers.upstreamId, hers.node('1')))
    })
    expect(alice.binary).toEqual([
      Buffer.concat([uint32(1), uint32(1), Buffer.from('jpeg')]),
      Buffer.concat([uint32(1), uint32(2), Buffer.from('png')]),
      Buffer.concat([uint32(3), uint32(1), Buffer.from('1half way through 1')]),
      // Nobody asked for metadata here: the image alone.
      Buffer.concat([uint32(1), uint32(2), Buffer.from('pixels')]),
    ])
  })

  it("that name another's node or job, or that nobody can read, go to nobody", async () => {
    const { hers, his, tellBinary, alice, comfyui } = frames
    await onlyHers(() => {
      tellBinary(3, his.node('1').length, his.node('1'), 'not hers')
      tellBinary(3, 1, '1', 'a node without a tenant')
      tellBinary(4, ...preview(his.upstreamId, his.node('1')))
      tellBinary(4, ...preview(his.upstreamId, hers.node('1')))
      tellBinary(4, ...preview(hers.upstreamId, his.node('1')))
      tellBinary(4, 1_000, '{"node_id":', 'cut')
      tellBinary(4, 2, '[]', 'no object')
      tellBinary(4, 4_000_000_000, '{}')
      tellBinary(3, 4_000_000_000, 'longer than the frame')
      tellBinary(1, 3, 'an unknown image format')
      for (const type of [0, 2, 5, 255, 4_294_967_295]) tellBinary(type, 1, 'unknown type')
      comfyui.steps.emit(Buffer.alloc(0))
      comfyui.steps.emit(Buffer.from([0, 0, 0, 1]))
    })
    expect(alice.binary).toEqual([])
  })

  it('that come when no job runs go to nobody', async () => {
    const { world, hers, his, tellBinary, alice, bob, comfyui } = frames
    comfyui.release()
    for (const job of [hers, his]) await job.finishes()
    const before = [alice, bob].map(({ binary }) => binary.length)
    tellBinary(1, 1, 'jpeg')
    tellBinary(3, hers.node('1').length, hers.node('1'), 'late')
    comfyui.hold()
    const next = await world.alice.queues({ '1': { class_type: 'PreviewAny', inputs: { source: 'x' } } })
    await until(async () => (comfyui.steps.jobs().running.length > 0 ? true : undefined))
    comfyui.release()
    await next.finishes()
    expect([alice, bob].map(({ binary }) => binary.length)).toEqual(before)
  })
})

describe('events of nodes', () => {
  it("are told of own nodes, and leave out everybody else's", async () => {
    const { hers, his, tell } = frames
    const state = (node: string) => ({
      ...{ value: 1, max: 2, state: 'running', node_id: node, prompt_id: hers.upstreamId },
      ...{ display_node_id: node, parent_node_id: his.node('9'), real_node_id: node },
    })
    const told = await onlyHers(() => {
      const nodes = { [hers.node('1')]: state(hers.node('1')), [his.node('1')]: state(his.node('1')), '1': state('1') }
      tell('progress_state', { prompt_id: hers.upstreamId, nodes })
      tell('progress_state', { prompt_id: hers.upstreamId, nodes: [state(his.node('1'))] })
      tell('executing', { node: his.node('1'), display_node: his.node('1'), prompt_id: hers.upstreamId })
      tell('progress', { value: 1, max: 2, prompt_id: hers.upstreamId, node: his.node('1') })
      tell('executed', { node: his.node('4'), display_node: his.node('4'), prompt_id: hers.upstreamId, output: {} })
      tell('execution_cached', { nodes: [his.node('1'), '1'], prompt_id: hers.upstreamId, timestamp: 1 })
    })
    const own = { value: 1, max: 2, state: 'running', node_id: '1', prompt_id: hers.id }
    expect(told).toEqual([
      {
        type: 'progress_state',
        data: {
          prompt_id: hers.id,
          nodes: { 1: { ...own, display_node_id: '1', parent_node_id: null, real_node_id: '1' } },
        },
      },
      { type: 'progress_state', data: { prompt_id: hers.id, nodes: {} } },
      { type: 'execution_cached', data: { nodes: [], prompt_id: hers.id, timestamp: 1 } },
    ])
  })

  it("that name files of others show none, and make none of them one's own", async () => {
    const { world, hers, tell } = frames
    const file = (filename: string, subfolder: string, type: string) => ({ filename, subfolder, type })
    const told = await onlyHers(() => {
      const images = [
        file('mine.png', world.alice.folderKey, 'output'),
        file('his.png', world.bob.folderKey, 'output'),
        file('his.png', `${world.alice.folderKey}/../${world.bob.folderKey}`, 'output'),
        file(`../${world.bob.folderKey}/his.png`, world.alice.folderKey, 'output'),
        file('root.png', '', 'output'),
        file('his.png', world.bob.folderKey, 'input'),
        file('x.log', 'api_logs', 'temp'),
      ]
      const [node, prompt_id] = [hers.node('4'), hers.upstreamId]
      tell('executed', { node, display_node: node, prompt_id, output: { images } })
    })
    expect(told).toEqual([
      {
        type: 'executed',
        data: {
          node: '4',
          display_node: '4',
          prompt_id: hers.id,
          output: { images: [file('mine.png', '', 'output')] },
        },
      },
    ])
  })

  it("of another's job, of no job and of a job that nobody owns change nothing while one runs", async () => {
    const { world, his, tell } = frames
    for (const prompt_id of [his.upstreamId, his.id, '00000000-0000-4000-8000-000000000000', '', null, 7, {}, []]) {
      const told = await onlyHers(() => {
        tell('executing', { node: his.node('1'), display_node: his.node('1'), prompt_id })
        tell('progress', { value: 1, max: 2, prompt_id, node: his.node('1') })
        tell('executed', { node: his.node('4'), display_node: his.node('4'), prompt_id, output: { text: ['his'] } })
        tell('execution_success', { prompt_id, timestamp: 5 })
        tell('executing', { node: null, prompt_id })
      })
      expect(told).toEqual([])
    }
    expect(await world.bob.json('/history')).toEqual({})
    expect(JSON.stringify((await world.bob.json('/queue')).queue_pending)).toContain(his.id)
  })
})

describe('counts', () => {
  it('of all of ComfyUI are told to nobody', async () => {
    const { alice, bob, tell } = frames
    tell('status', { status: { exec_info: { queue_remaining: 4711 } }, sid: 'forged' })
    await frames.settled()
    for (const listener of [alice, bob]) expect(JSON.stringify(listener.messages)).not.toMatch(/4711|forged/)
  })
})

describe('frames that are no frames', () => {
  it('are dropped, and the next one is told', async () => {
    const { hers, comfyui } = frames
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const odd = ['', '{', 'null', '7', '"x"', '[]', '{}', '{"type":7}', '{"type":{}}', '{"type":"executing"}', deep]
    const data = ['null', '[]', '7', '"x"', '{"node":[]}', '{"node":{"__proto__":null}}', `{"prompt_id":${deep}}`]
    const types = ['executing', 'executed', 'progress_state', 'execution_error', 'execution_cached', 'logs', 'status']
    const told = await onlyHers(() => {
      for (const frame of odd) comfyui.steps.emit(frame)
      for (const type of types) for (const one of data) comfyui.steps.emit(`{"type":"${type}","data":${one}}`)
    })
    expect(told).toEqual([])
    comfyui.release()
    expect(await hers.finishes()).toMatchObject({ status: { status_str: 'success' } })
  })
})
