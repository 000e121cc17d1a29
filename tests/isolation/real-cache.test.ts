/**
 * What do ComfyUI's caches give away? On a real one: a tenant's own repeat costs nothing, a model stays loaded for
 * everybody, and neither results nor previews nor counters nor what was cached tells one tenant of another.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Graph, type Message, type Person, parseRecord } from '../support/person.ts'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { tinyUpscaler } from '../support/tiny-model.ts'
import { createWorld, type World } from '../support/world.ts'

const real = findRealComfyui()
if (real === undefined) console.log(noRealComfyui)
const timeout = 240_000

const graph: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 4711 } },
  '2': { class_type: 'UpscaleModelLoader', inputs: { model_name: 'tiny.safetensors' } },
  '3': { class_type: 'ImageUpscaleWithModel', inputs: { upscale_model: ['2', 0], image: ['1', 0] } },
  '4': { class_type: 'SaveImage', inputs: { images: ['3', 0], filename_prefix: 'cached' } },
  '5': { class_type: 'PreviewImage', inputs: { images: ['3', 0] } },
}

interface Run {
  /** Classes that ComfyUI took from its cache. */
  readonly cachedClasses: readonly string[]
  /** Node ids that the person was told were cached. */
  readonly told: readonly string[]
  readonly outputs: string
  readonly preview: string
}

describe.skipIf(real === undefined)('the caches of a real ComfyUI', { timeout }, () => {
  let comfyui: RealComfyui
  let world: World
  beforeAll(async () => {
    comfyui = await startRealComfyui()
    const folder = join(comfyui.baseDirectory, 'models', 'upscale_models')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'tiny.safetensors'), tinyUpscaler())
    world = await createWorld({ comfyuiUrl: comfyui.url })
  }, timeout)
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await comfyui.close()
  })

  async function run(person: Person, clientId: string): Promise<Run> {
    using socket = await person.listens(clientId)
    const job = await person.queues(graph, { client_id: clientId })
    await socket.hears((message) => isEnd(message, job.id))
    const entry = await job.finishes()
    expect(parseRecord(entry.status).status_str).toBe('success')
    const outputs = parseRecord(entry.outputs)
    const told = socket.messages.find(({ type }) => type === 'execution_cached')?.data.nodes
    return {
      cachedClasses: await lastCachedClasses(comfyui.url),
      told: Array.isArray(told) ? told.map(String).sort() : [],
      outputs: JSON.stringify(outputs['4']),
      preview: JSON.stringify(outputs['5']),
    }
  }

  it('keep what a tenant ran for the tenant, models for everybody, and tell nobody else', async () => {
    const first = await run(world.alice, 'first')
    expect(first.cachedClasses).toEqual([])
    expect(first.outputs).toContain('cached_00001_.png')

    const repeat = await run(world.alice, 'repeat')
    expect(repeat.cachedClasses).toEqual(
      Object.values(graph)
        .map(({ class_type }) => class_type)
        .sort(),
    )
    expect(repeat.told).toEqual(expect.arrayContaining(['1', '3', '4', '5']))
    expect(repeat.outputs).toBe(first.outputs)

    const colleague = await run(world.ann, 'colleague')
    expect(colleague.cachedClasses).toEqual(repeat.cachedClasses)

    const stranger = await run(world.bob, 'stranger')
    expect(stranger.cachedClasses).toEqual(['UpscaleModelLoader'])
    expect(stranger.told).toEqual([])
    expect(stranger.outputs).toContain('cached_00001_.png')
    expect(stranger.preview).not.toBe(first.preview)
    expect((await world.bob.fetch('/view?type=output&filename=cached_00001_.png')).status).toBe(200)
    expect((await world.bob.fetch('/view?type=output&filename=cached_00002_.png')).status).toBe(404)
  })
})

function isEnd({ type, data }: Message, id: string): boolean {
  return type === 'executing' && data.node === null && data.prompt_id === id
}

/** As ComfyUI itself remembers its last prompt: `[number, id, graph, ...]`, and `execution_cached` among its messages. */
async function lastCachedClasses(url: string): Promise<readonly string[]> {
  const history = parseRecord(await (await fetch(`${url}/history?max_items=1`)).json())
  const entry = parseRecord(Object.values(history).at(-1))
  const nodes = parseRecord((entry.prompt as unknown[])[2])
  const messages = parseRecord(entry.status).messages as readonly (readonly [string, Record<string, unknown>])[]
  const cached = messages.find(([type]) => type === 'execution_cached')?.[1].nodes
  if (!Array.isArray(cached)) throw new Error('ComfyUI told nothing of its cache')
  return cached.map((id) => String(parseRecord(nodes[String(id)]).class_type)).sort()
}
