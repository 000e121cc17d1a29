/** What stays of an upload for which ComfyUI's disk has no room? */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type SteppedComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import { onePixel } from '../support/graphs.ts'
import { createWorld, type World, type WorldOptions } from '../support/world.ts'

const guardSecret = 'ab'.repeat(32)
const ways: readonly (readonly [string, Pick<WorldOptions, 'guardSecret'>])[] = [
  ['the folders that the operator names', {}],
  ['the companion pack', { guardSecret }],
]

describe.each(ways)('through %s', (_way, options) => {
  let comfyui: SteppedComfyui
  let world: World
  beforeAll(async () => {
    comfyui = await startPracticeComfyui(options)
    const folder = (name: string) => join(comfyui.baseDirectory, name)
    const files = options.guardSecret === undefined ? { input_dir: folder('input'), output_dir: folder('output') } : {}
    world = await createWorld({
      ...options,
      comfyuiUrl: comfyui.url,
      config: (config) => ({ ...config, files }),
    })
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await comfyui.close()
  })
  beforeEach(() => comfyui.steps.fillDisk(undefined))

  const folder = () => join(comfyui.baseDirectory, 'input', world.alice.folderKey)
  const kept = () => readdirSync(folder(), { recursive: true }).map(String).sort()

  it('nothing stays of a new one, and everything of what was there', async () => {
    const { alice, bob } = world
    expect((await alice.uploads('cat.png', onePixel)).status).toBe(200)
    expect((await bob.uploads('cat.png', onePixel)).status).toBe(200)
    const before = kept()
    comfyui.steps.fillDisk(100)
    const large = new Uint8Array(5_000)
    expect((await alice.uploads('dog.png', large)).status).toBe(503)
    expect(kept()).toEqual(before)
    // ComfyUI would call it cat (1).png.
    expect((await alice.uploads('cat.png', large)).status).toBe(503)
    expect((await alice.uploads('cat.png', large, { subfolder: 'below' })).status).toBe(503)
    expect(kept().filter((path) => path.endsWith('.png'))).toEqual(before)
    expect(readFileSync(join(folder(), 'cat.png')).equals(onePixel)).toBe(true)
    expect((await alice.fetch('/view?type=input&filename=cat.png')).status).toBe(200)
    expect((await bob.fetch('/view?type=input&filename=cat.png')).status).toBe(200)
  })

  it('one that was to be overwritten is gone, and not shown cut off', async () => {
    const { alice } = world
    expect((await alice.uploads('own.png', onePixel)).status).toBe(200)
    comfyui.steps.fillDisk(10)
    expect((await alice.uploads('own.png', new Uint8Array(5_000), { overwrite: 'true' })).status).toBe(503)
    expect(kept()).not.toContain('own.png')
    expect((await alice.fetch('/view?type=input&filename=own.png')).status).toBe(404)
  })
})
