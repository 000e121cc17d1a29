import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OwnFileName, OwnFilePage, TenantUsage } from '@gatehouse/shared/files-contract'
import type { RoleName } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { onePixel, savedPicture } from '../support/graphs.ts'
import { type Person, parseRecord, until } from '../support/person.ts'
import { alicePassword, createWorld, type World, type WorldOptions } from '../support/world.ts'

const api = '/gatehouse/api/v1'

const ways: readonly (readonly [string, WorldOptions])[] = [
  [
    'the folders that the operator names',
    {
      config: (config: Config, { baseDirectory }) => ({
        ...config,
        files: {
          input_dir: join(baseDirectory, 'input'),
          output_dir: join(baseDirectory, 'output'),
          temp_dir: join(baseDirectory, 'temp'),
        },
      }),
    },
  ],
  ['the companion pack', { guardSecret: 'ab'.repeat(32) }],
]

describe.each(ways)('through %s', (_way, options) => {
  let world: World
  beforeAll(async () => {
    world = await createWorld(options)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const folder = (person: Person, root: 'input' | 'output') =>
    join(world.practice.baseDirectory, root, person.folderKey)

  /** As if ComfyUI had written it while nobody looked; `ageS` seconds ago. */
  function lays(person: Person, root: 'input' | 'output', path: string, text = 'x', ageS = 0): void {
    const file = join(folder(person, root), path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
    const at = Math.floor(Date.now() / 1000) - ageS
    utimesSync(file, at, at)
  }

  async function pages(person: Person, query: string): Promise<OwnFilePage> {
    const answer = await person.fetch(`${api}/files?${query}`)
    expect(answer.status).toBe(200)
    return parsePage(await answer.json())
  }

  async function names(person: Person, root: 'input' | 'output'): Promise<readonly string[]> {
    return (await pages(person, `root=${root}&limit=1000`)).files.map(pathOf)
  }

  function deletes(person: Person, files: readonly Partial<OwnFileName>[]): Promise<Response> {
    const body = JSON.stringify({ files })
    return person.fetch(`${api}/files`, { method: 'DELETE', body, headers: { 'content-type': 'application/json' } })
  }

  async function results(person: Person, files: readonly OwnFileName[]): Promise<readonly unknown[]> {
    const answer = await deletes(person, files)
    expect(answer.status).toBe(200)
    const told = parseRecord(await answer.json()).files
    return Array.isArray(told) ? told.map((file) => parseRecord(file).result) : []
  }

  const status = async (person: Person, query: string) => (await person.fetch(`/view?${query}`)).status

  it('an own upload is deleted: gone from every list, the graph form and /view; another tenant deletes nothing', async () => {
    await world.alice.uploads('cat.png', onePixel, { subfolder: 'pasted' })
    await world.alice.uploads('dog.png', onePixel)
    await world.bob.uploads('dog.png', onePixel)
    const cat: OwnFileName = { root: 'input', subfolder: 'pasted', filename: 'cat.png' }
    const dog: OwnFileName = { root: 'input', subfolder: '', filename: 'dog.png' }
    const foreign = await (await deletes(world.bob, [cat])).text()
    const absent = await (await deletes(world.bob, [{ ...cat, filename: 'cow.png' }])).text()
    expect(foreign).toBe(absent.replace('cow.png', 'cat.png'))
    expect(await names(world.ann, 'input')).toEqual(expect.arrayContaining(['pasted/cat.png', 'dog.png']))
    expect(await (await world.alice.fetch('/object_info/LoadImage')).text()).toContain('dog.png')
    expect(await results(world.ann, [cat, dog, dog])).toEqual(['deleted', 'deleted', 'absent'])
    for (const path of ['/object_info/LoadImage', '/object_info', '/internal/files/input', `${api}/files?root=input`])
      expect(await (await world.alice.fetch(path)).text(), path).not.toMatch(/cat\.png|dog\.png/)
    expect(await status(world.alice, 'type=input&subfolder=pasted&filename=cat.png')).toBe(404)
    expect(await status(world.alice, 'type=input&filename=dog.png')).toBe(404)
    expect(await status(world.bob, 'type=input&filename=dog.png')).toBe(200)
    expect(await names(world.bob, 'input')).toEqual(['dog.png'])
  })

  it('an own result is deleted: its history stays, and its picture is not there', async () => {
    const job = await world.alice.queues(savedPicture('series/cat'))
    await job.finishes()
    const picture: OwnFileName = { root: 'output', subfolder: 'series', filename: 'cat_00001_.png' }
    const query = 'type=output&subfolder=series&filename=cat_00001_.png'
    expect(await status(world.alice, query)).toBe(200)
    expect(await results(world.bob, [picture])).toEqual(['absent'])
    expect(await status(world.alice, query)).toBe(200)
    expect(await results(world.alice, [picture])).toEqual(['deleted'])
    expect(await status(world.alice, query)).toBe(404)
    expect(JSON.stringify(await job.finishes())).toContain('cat_00001_.png')
  })

  it('what was deleted stays gone while ComfyUI is down', async () => {
    await world.alice.uploads('kept.png', onePixel)
    await world.alice.uploads('dropped.png', onePixel)
    expect(await results(world.alice, [{ root: 'input', subfolder: '', filename: 'dropped.png' }])).toEqual(['deleted'])
    await world.practice.stop()
    try {
      const listed = await (await world.alice.fetch('/internal/files/input')).text()
      expect(listed).toContain('kept.png')
      expect(listed).not.toContain('dropped.png')
    } finally {
      await world.practice.resume()
    }
  })

  it('what cannot be an own file is absent, whatever it is called', async () => {
    lays(world.bob, 'output', 'kept.png')
    lays(world.alice, 'output', 'own.png')
    symlinkSync(folder(world.bob, 'output'), join(folder(world.alice, 'output'), 'linked'))
    symlinkSync(join(folder(world.bob, 'output'), 'kept.png'), join(folder(world.alice, 'output'), 'linked.png'))
    const key = world.bob.folderKey
    const tricks: readonly OwnFileName[] = [
      { root: 'output', subfolder: `../${key}`, filename: 'kept.png' },
      { root: 'output', subfolder: key, filename: 'kept.png' },
      { root: 'output', subfolder: '', filename: `../${key}/kept.png` },
      { root: 'output', subfolder: '..', filename: key },
      { root: 'output', subfolder: `/${key}`, filename: 'kept.png' },
      { root: 'output', subfolder: join(world.practice.baseDirectory, 'output', key), filename: 'kept.png' },
      { root: 'output', subfolder: `..\\${key}`, filename: 'kept.png' },
      { root: 'output', subfolder: 'linked', filename: 'kept.png' },
      { root: 'output', subfolder: '', filename: 'linked.png' },
      { root: 'output', subfolder: '', filename: 'linked' },
      { root: 'output', subfolder: '', filename: '.' },
      { root: 'output', subfolder: '', filename: 'own.png\0' },
      { root: 'output', subfolder: '', filename: `${'x'.repeat(256)}` },
      { root: 'output', subfolder: 'own.png', filename: 'own.png' },
      { root: 'input', subfolder: '../output', filename: 'own.png' },
    ]
    expect(await results(world.alice, tricks)).toEqual(tricks.map(() => 'absent'))
    expect(await names(world.bob, 'output')).toContain('kept.png')
    expect((await names(world.alice, 'output')).filter((name) => name.includes('linked'))).toEqual([])
    expect(await results(world.alice, [{ root: 'output', subfolder: '', filename: 'own.png' }])).toEqual(['deleted'])
    expect(existsSync(join(folder(world.bob, 'output'), 'kept.png'))).toBe(true)
  })

  it('a link that leads out of the own folder shows nothing, and looks like a file that is not there', async () => {
    lays(world.bob, 'output', 'secret.png', 'the secret')
    lays(world.alice, 'output', 'mine.png', 'my own')
    const [own, foreign] = [folder(world.alice, 'output'), folder(world.bob, 'output')]
    symlinkSync(foreign, join(own, 'to-him'))
    symlinkSync(join(foreign, 'secret.png'), join(own, 'to-him.png'))
    symlinkSync(join(foreign, 'not-there.png'), join(own, 'to-nothing.png'))
    symlinkSync(join(own, 'mine.png'), join(own, 'to-me.png'))
    const shown = async (query: string) => {
      const answer = await world.alice.fetch(`/view?type=output&${query}`)
      const headers = [...answer.headers].filter(([name]) => name !== 'date')
      return { status: answer.status, headers, body: await answer.text() }
    }
    const absent = await shown('filename=cow.png')
    expect(absent.status).toBe(404)
    for (const query of [
      'filename=to-him.png',
      'subfolder=to-him&filename=secret.png',
      'filename=to-him/secret.png&subfolder=to-him',
      'filename=to-nothing.png',
      'filename=to-him.png&preview=webp',
    ])
      expect(await shown(query), query).toEqual(absent)
    expect(await shown('filename=to-me.png')).toMatchObject({ status: 200, body: 'my own' })
    expect(await shown('filename=mine.png')).toMatchObject({ status: 200, body: 'my own' })
  })

  it('files are listed as they lie there: written while nobody looked, removed behind its back, page by page', async () => {
    rmSync(folder(world.ann, 'output'), { recursive: true, force: true })
    const shelf = ['new.png', 'b/c/deep.txt', 'b/old.png', '\u00e4 \u{1f600}.png', '18446744073709551615.png']
    shelf.forEach((path, index) => {
      lays(world.alice, 'output', path, 'x'.repeat(index + 1), index * 100)
    })
    const all = await pages(world.alice, 'root=output')
    expect(all.files.map((file) => [pathOf(file), file.bytes])).toEqual(shelf.map((path, index) => [path, index + 1]))
    const told = all.files.map(({ modifiedAt }) => Date.parse(modifiedAt))
    expect(told).toEqual([...told].sort((a, b) => b - a))
    expect(Math.abs((told[0] ?? 0) - Date.now())).toBeLessThan(60_000)
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const after = next === '' ? '' : `&after=${next}`
      const page = await pages(world.alice, `root=output&limit=2${after}`)
      expect(page.files.length).toBeLessThanOrEqual(2)
      seen.push(...page.files.map(pathOf))
      next = page.next
    }
    expect(seen).toEqual(shelf)
    expect(await (await world.alice.fetch('/internal/files/output')).json()).toEqual(
      shelf.filter((path) => !path.includes('/')).map((path) => `${path} [output]`),
    )
    expect(await (await world.bob.fetch('/internal/files/output')).text()).not.toContain('new.png')
    rmSync(join(folder(world.alice, 'output'), 'new.png'))
    expect(await (await world.alice.fetch('/internal/files/output')).text()).not.toContain('new.png')
    expect(await names(world.alice, 'output')).not.toContain('new.png')
  })

  it('what a tenant keeps is added up for itself, and for administrators by tenant', async () => {
    const before = await usageOf(world.alice)
    lays(world.alice, 'input', 'heavy.bin', 'x'.repeat(5_000))
    const job = await world.alice.queues(savedPicture('weighed', 4711))
    await job.finishes()
    const after = await usageOf(world.alice)
    expect(after.tenant).toBe('acme')
    expect(after.input).toEqual({ files: before.input.files + 1, bytes: before.input.bytes + 5_000 })
    expect(after.output.files).toBe(before.output.files + 1)
    expect(after.output.bytes).toBeGreaterThan(before.output.bytes)
    expect(after.temp?.files).toBe((before.temp?.files ?? 0) + 1)
    expect(after.temp?.bytes).toBeGreaterThan(before.temp?.bytes ?? 0)
    expect(await usageOf(world.ann)).toEqual(after)
    const others = await usageOf(world.bob)
    lays(world.alice, 'output', 'heavy.bin', 'x'.repeat(5_000))
    expect(await usageOf(world.bob)).toEqual(others)
    const every = await asAdministrator(world)
    expect(every.find(({ tenant }) => tenant === 'acme')).toEqual({ ...(await usageOf(world.alice)), unmeasured: [] })
    expect(every.find(({ tenant }) => tenant === 'birch')).toEqual({ ...others, unmeasured: [] })
    expect((await world.alice.fetch(`${api}/admin/usage`)).status).toBe(403)
    expect((await world.mallory.fetch(`${api}/usage`)).status).toBe(401)
  })

  async function usageOf(person: Person): Promise<TenantUsage> {
    return parseUsage(await person.json(`${api}/usage`))
  }

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no file', { files: [] }],
    ['too many', { files: Array.from({ length: 101 }, () => ({ root: 'input', filename: 'x' })) }],
    ['previews', { files: [{ root: 'temp', filename: 'x.png' }] }],
    ['models', { files: [{ root: 'models', filename: 'x.png' }] }],
    ['no name', { files: [{ root: 'input', subfolder: 'x' }] }],
  ])('an order to delete %s is refused', async (_what, body) => {
    const answer = await world.alice.fetch(`${api}/files`, {
      method: 'DELETE',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(400)
  })

  it.each(['', 'root=temp', 'root=input&limit=0', 'root=input&limit=1001', 'root=input&after=bm9uZQ'])(
    'a list of %j is refused',
    async (query) => {
      expect((await world.alice.fetch(`${api}/files?${query}`)).status).toBe(400)
    },
  )

  it('who only looks deletes nothing', async () => {
    lays(world.alice, 'input', 'guarded.png')
    await becomes(world, world.ann, 'guest')
    try {
      const guarded: OwnFileName = { root: 'input', subfolder: '', filename: 'guarded.png' }
      expect((await deletes(world.ann, [guarded])).status).toBe(403)
      expect(await names(world.ann, 'input')).toContain('guarded.png')
      expect(await results(world.alice, [guarded])).toEqual(['deleted'])
    } finally {
      await becomes(world, world.ann, 'user')
    }
  })

  it('a page of another site deletes nothing', async () => {
    lays(world.alice, 'input', 'forged.png')
    const login = await fetch(`${world.address}${api}/login`, {
      method: 'POST',
      body: JSON.stringify({ username: 'alice', password: alicePassword }),
      headers: { 'content-type': 'application/json', origin: world.address },
    })
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const body = JSON.stringify({ files: [{ root: 'input', filename: 'forged.png' }] })
    const send = (origin: string) =>
      fetch(`${world.address}${api}/files`, {
        method: 'DELETE',
        body,
        headers: { cookie, origin, 'content-type': 'application/json' },
      })
    expect((await send('https://evil.example')).status).toBe(403)
    expect(await names(world.alice, 'input')).toContain('forged.png')
    expect(await (await send(world.address)).json()).toMatchObject({ files: [{ result: 'deleted' }] })
  })
})

describe('where nobody gave Gatehouse a way to the disk', () => {
  it('it says so, names the cure, and lists what it knows', async () => {
    await using world = await createWorld()
    await world.alice.uploads('cat.png', onePixel)
    for (const [method, path, body] of [
      ['GET', '/files?root=input', undefined],
      ['DELETE', '/files', JSON.stringify({ files: [{ root: 'input', filename: 'cat.png' }] })],
      ['GET', '/usage', undefined],
    ] as const) {
      const answer = await world.alice.fetch(`${api}${path}`, {
        method,
        ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
      })
      expect(answer.status).toBe(501)
      expect(parseRecord(parseRecord(await answer.json()).error)).toMatchObject({
        type: 'files_unmanaged',
        details: expect.stringContaining('files.input_dir'),
      })
    }
    expect(await (await world.alice.fetch('/internal/files/input')).json()).toEqual(['cat.png [input]'])
  })

  it('and where a folder is named that is not there', async () => {
    await using world = await createWorld({
      config: (config, { baseDirectory }) => ({
        ...config,
        files: { input_dir: join(baseDirectory, 'nowhere'), output_dir: join(baseDirectory, 'output') },
      }),
    })
    await world.alice.uploads('cat.png', onePixel)
    const answer = await world.alice.fetch(`${api}/files?root=input`)
    expect([answer.status, parseRecord(parseRecord(await answer.json()).error).type]).toEqual([503, 'files_unreadable'])
    expect(await (await world.alice.fetch('/internal/files/input')).json()).toEqual(['cat.png [input]'])
    expect((await world.alice.json(`${api}/files?root=output`)).files).toEqual([])
  })
})

/** The running sidecar hears of it a moment later. */
async function becomes(world: World, person: Person, role: RoleName): Promise<void> {
  const member = await world.store.users.findByName(person.name)
  if (member === undefined) throw new Error(`${person.name} is not there`)
  await world.store.users.setRole(member.id, role)
  await until(async () => ((await person.json(`${api}/me`)).role === role ? true : undefined))
}

async function asAdministrator(world: World): Promise<readonly Record<string, unknown>[]> {
  // A key administers nothing: somebody with a password does.
  expect((await world.olga.fetch(`${api}/admin/usage`)).status).toBe(403)
  await becomes(world, world.alice, 'admin')
  try {
    const token = Buffer.from(`alice:${alicePassword}`).toString('base64')
    const answer = await fetch(`${world.address}${api}/admin/usage`, { headers: { authorization: `Basic ${token}` } })
    expect(answer.status).toBe(200)
    const told: unknown = await answer.json()
    return Array.isArray(told) ? told.map(parseRecord) : []
  } finally {
    await becomes(world, world.alice, 'user')
  }
}

function pathOf({ subfolder, filename }: OwnFileName): string {
  return subfolder === '' ? filename : `${subfolder}/${filename}`
}

function parsePage(value: unknown): OwnFilePage {
  return value as OwnFilePage
}

function parseUsage(value: unknown): TenantUsage {
  return value as TenantUsage
}
