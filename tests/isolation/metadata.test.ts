/** What does a saved file say of how it was made, and to whom? */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onePixel, savedPicture } from '../support/graphs.ts'
import type { Graph } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

const workflow = { id: 'f1d5b2c0-0000-4000-8000-000000000001', title: 'how-it-was-made' }
const withWorkflow = { extra_data: { extra_pnginfo: { workflow } } }
const made = '/view?type=output&filename=made_00001_.png'

async function bytesOf(person: World['alice'], path = made): Promise<Buffer> {
  const answer = await person.fetch(path)
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

/** The text of a PNG's `tEXt` chunk. */
function textIn(png: Buffer, keyword: string): string {
  const at = png.indexOf(`tEXt${keyword}\0`, 0, 'latin1')
  if (at === -1) throw new Error(`there is no ${keyword} in the picture`)
  return png.toString('latin1', at + 5 + keyword.length, at + 4 + png.readUInt32BE(at - 4))
}

describe('a saved picture', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await (await world.bob.queues(savedPicture('made'), withWorkflow)).finishes()
    await (await world.alice.queues(savedPicture('made'), withWorkflow)).finishes()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('holds the graph and workflow of its tenant, and of nobody else', async () => {
    const png = await bytesOf(world.alice)
    expect(textIn(png, 'workflow')).toContain('how-it-was-made')
    expect(textIn(png, 'prompt')).toContain('SaveImage')
    expect(png.includes(world.bob.folderKey)).toBe(false)
  })

  it('is dragged back in and runs, by everybody in the tenant', async () => {
    const graph = JSON.parse(textIn(await bytesOf(world.alice), 'prompt')) as Graph
    for (const person of [world.alice, world.ann]) {
      const entry = await (await person.queues(graph)).finishes()
      expect(JSON.stringify(entry.outputs)).toContain('made_0000')
      expect(JSON.stringify(entry)).not.toContain(world.alice.folderKey)
    }
  })

  it('is dragged into another tenant and runs there, in its own folder', async () => {
    const graph = JSON.parse(textIn(await bytesOf(world.alice), 'prompt')) as Graph
    const filesOf = (person: World['alice']): readonly string[] =>
      readdirSync(join(world.practice.baseDirectory, 'output', person.folderKey), { recursive: true }).map(String)
    const [hers, his] = [filesOf(world.alice), filesOf(world.bob)]
    await (await world.bob.queues(graph)).finishes()
    expect(filesOf(world.alice)).toEqual(hers)
    expect(filesOf(world.bob).length).toBeGreaterThan(his.length)
  })
})

describe('a role that sees files without their metadata', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld({
      config: (config) => ({ ...config, roles: { user: { limits: {}, strip_metadata: true } } }),
    })
    await (await world.alice.queues(savedPicture('made'), withWorkflow)).finishes()
    await (await world.olga.queues(savedPicture('made'), withWorkflow)).finishes()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  it('sees the picture and nothing of how it was made', async () => {
    const png = await bytesOf(world.alice)
    for (const trace of ['how-it-was-made', 'class_type', world.alice.folderKey, 'tEXt'])
      expect(png.includes(trace), trace).toBe(false)
    expect(png.includes('IDAT')).toBe(true)
  })

  it('is no other role', async () => {
    expect((await bytesOf(world.olga)).includes('how-it-was-made')).toBe(true)
  })

  it.each([
    [{ range: 'bytes=40-400' }, 200],
    [{ range: 'bytes=-300', 'if-range': '"x"' }, 200],
    [{ 'if-none-match': '*' }, 200],
  ])('gets no part of the file as it lies on the disk by %j', async (headers, status) => {
    const answer = await world.alice.fetch(made, { headers })
    expect(answer.status).toBe(status)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(await bytesOf(world.alice))
    for (const name of ['content-length', 'etag', 'accept-ranges', 'content-range', 'last-modified'])
      expect(answer.headers.get(name), name).toBeNull()
  })

  it('gets the same head for HEAD', async () => {
    const answer = await world.alice.fetch(made, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/png')
  })

  it('is told in a sentence that a format is not known', async () => {
    await world.alice.uploads(
      'drawing.fbx',
      onePixel.map((byte) => byte ^ 1),
    )
    const answer = await world.alice.fetch('/view?type=input&filename=drawing.fbx')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('metadata')
  })

  it('cannot tell the file of another from none', async () => {
    const absent = await world.alice.fetch('/view?type=output&filename=none.png')
    expect(absent.status).toBe(404)
    const foreign = await world.alice.fetch(
      `/view?type=output&subfolder=${world.olga.folderKey}&filename=made_00001_.png`,
    )
    expect([...foreign.headers].filter(([name]) => name !== 'date')).toEqual(
      [...absent.headers].filter(([name]) => name !== 'date'),
    )
    expect(foreign.status).toBe(404)
  })
})
