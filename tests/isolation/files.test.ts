import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copiedPicture, onePixel, savedPicture } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { cannotTell, findsNothingOf } from '../support/verdicts.ts'
import { createWorld, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  expect((await world.alice.uploads('alice-input.png', onePixel)).status).toBe(200)
  const job = await world.alice.queues(savedPicture('alice-output'))
  await job.finishes()
})
afterAll(() => world[Symbol.asyncDispose]())

const status = async (person: World['alice'], query: string) => (await person.fetch(`/view?${query}`)).status

describe('a file belongs to the tenant in whose folder it lies', () => {
  it.each([
    ['input', 'alice-input.png'],
    ['output', 'alice-output_00001_.png'],
  ])('is shown from %s to its tenant alone', async (type, filename) => {
    for (const person of [world.alice, world.ann])
      expect(await status(person, `type=${type}&filename=${filename}`)).toBe(200)
    await cannotTell(world, world.bob, { path: `/view?type=${type}&filename={id}` }, filename, 'never-was.png')
  })

  it('is not reached by any spelling of its place', async () => {
    const key = world.alice.folderKey
    const spellings = [
      '',
      '.',
      './',
      `${key}`,
      `./${key}`,
      `${key}/`,
      `x/../${key}`,
      `../input/${key}`,
      `${world.bob.folderKey}/../${key}`,
      `../${key}`,
      `/${key}`,
      key.toUpperCase(),
    ]
    const own = 'alice-input.png'
    for (const subfolder of spellings) {
      for (const name of [
        own,
        `${key}/${own}`,
        `../${key}/${own}`,
        `${own} [input]`,
        `${key}/${own} [input]`,
        `../${key}/${own} [input]`,
      ]) {
        for (const type of ['input', 'output', 'temp']) {
          const query = new URLSearchParams({ type, subfolder, filename: name })
          expect(await status(world.bob, query.toString()), `${type} ${subfolder} ${name}`).toBe(404)
        }
      }
    }
  })

  it.each([
    'filename=blake3:0000',
    'filename=a&filename=b',
    'type=models&filename=x',
    'filename=',
    '',
    'type=temp&subfolder=api_logs&filename=x.log',
    'filename=x.png&preview=webp;90',
    'filename=x.png&channel=a',
  ])('is not found by the query %j', async (query) => {
    expect([400, 404]).toContain(await status(world.bob, query))
  })

  it('has a preview that only its tenant sees, under a name that says nothing', async () => {
    const job = await world.alice.queues(savedPicture('previewed', 77))
    const outputs = parseRecord((await job.finishes()).outputs)
    const preview = parseRecord((parseRecord(outputs['3']).images as unknown[])[0])
    expect(await status(world.alice, `type=temp&filename=${preview.filename}`)).toBe(200)
    await cannotTell(
      world,
      world.bob,
      { path: '/view?type=temp&filename={id}' },
      String(preview.filename),
      'preview_000000000000000000000000.png',
    )
  })

  it('appears in the lists of its tenant alone', async () => {
    const lists = [
      '/object_info',
      '/object_info/LoadImage',
      '/object_info/LoadImageOutput',
      '/internal/files/input',
      '/internal/files/output',
      '/internal/files/temp',
      '/models',
      '/embeddings',
      '/experiment/models',
    ]
    expect(await (await world.alice.fetch('/object_info/LoadImage')).text()).toContain('alice-input.png')
    expect(await (await world.alice.fetch('/internal/files/output')).text()).toContain(
      'alice-output_00001_.png [output]',
    )
    await findsNothingOf(world.bob, ['alice-input', 'alice-output', world.alice.folderKey], lists)
    await findsNothingOf(world.alice, [world.alice.folderKey, world.bob.folderKey], lists)
  })

  it('is loaded by the graphs of its tenant alone', async () => {
    const copy = await world.ann.queues(copiedPicture('alice-input.png', 'copy'))
    expect(parseRecord((await copy.finishes()).status).status_str).toBe('success')
    const key = world.alice.folderKey
    for (const name of [
      'alice-input.png',
      `${key}/alice-input.png`,
      `../${key}/alice-input.png`,
      `${key}/alice-input.png [input]`,
      'alice-output_00001_.png [output]',
    ]) {
      const answer = await world.bob.post('/prompt', { prompt: copiedPicture(name, 'stolen') })
      expect(answer.status, name).toBe(400)
      const text = await answer.text()
      expect(text).not.toContain(world.bob.folderKey)
    }
  })
})

describe('an upload lands in the folder of its own tenant', () => {
  it.each([
    ['../bob.png', {}],
    ['up.png', { subfolder: 'pasted' }],
    ['up.png', { subfolder: 'pasted', type: 'temp' }],
    ['up.png', { overwrite: 'true' }],
  ])('for the name %s and %j', async (filename, fields) => {
    const answer = await world.bob.uploads(filename, onePixel, fields)
    expect(answer.status).toBe(200)
    const reply = parseRecord(await answer.json())
    expect(reply).toMatchObject({ name: filename.split('/').at(-1), type: 'input' })
    const sent = world.practice.requests.filter(({ url }) => url.startsWith('/upload/image')).at(-1)
    expect(sent?.body.toString('latin1')).toContain(`name="subfolder"\r\n\r\n${world.bob.folderKey}`)
    expect(
      await status(
        world.bob,
        new URLSearchParams({
          type: 'input',
          filename: String(reply.name),
          subfolder: String(reply.subfolder),
        }).toString(),
      ),
    ).toBe(200)
  })

  it.each([
    [{ subfolder: '../x' }, 400],
    [{ subfolder: '/abs' }, 400],
    [{ type: 'output' }, 403],
    [{ type: 'models' }, 403],
  ])('or nowhere, for %j', async (fields, expected) => {
    expect((await world.bob.uploads('x.png', onePixel, fields)).status).toBe(expected)
  })

  it('with the file name that ComfyUI would have taken, never a second one', async () => {
    const boundary = 'b0undary'
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"; filename*=UTF-8''..%2F${world.alice.folderKey}%2Fx.png\r\nContent-Type: image/png\r\n\r\nPNG\r\n--${boundary}--\r\n`
    const answer = await world.bob.fetch('/upload/image', {
      method: 'POST',
      body,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    })
    expect([200, 400]).toContain(answer.status)
    const sent =
      world.practice.requests
        .filter(({ url }) => url.startsWith('/upload/image'))
        .at(-1)
        ?.body.toString('latin1') ?? ''
    expect(sent).not.toContain(world.alice.folderKey)
    expect(sent).not.toContain('filename*')
  })

  it('or is refused whole when a field is repeated', async () => {
    const form = new FormData()
    form.append('subfolder', 'a')
    form.append('subfolder', 'b')
    form.append('image', new Blob([onePixel]), 'x.png')
    expect((await world.bob.fetch('/upload/image', { method: 'POST', body: form })).status).toBe(400)
  })

  it('and a mask is laid over own pictures only', async () => {
    const mask = async (person: World['alice'], original: unknown) => {
      const form = new FormData()
      form.append('image', new Blob([onePixel]), 'mask.png')
      form.append('original_ref', JSON.stringify(original))
      return person.fetch('/upload/mask', { method: 'POST', body: form })
    }
    expect((await mask(world.alice, { filename: 'alice-input.png', type: 'input' })).status).toBe(200)
    await mask(world.bob, { filename: 'alice-input.png', type: 'input', subfolder: world.alice.folderKey })
    await mask(world.bob, { filename: `../${world.alice.folderKey}/alice-input.png [input]` })
    expect(await status(world.bob, 'type=input&filename=mask.png')).toBe(404)
    expect(await status(world.alice, 'type=input&filename=mask.png')).toBe(200)
  })
})
