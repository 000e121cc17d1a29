/** What is reached on ComfyUI's disk? The pack's route in a real ComfyUI and the folders themselves keep one contract. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FolderKey } from '@gatehouse/shared/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Disk } from '../../sidecar/src/files/disk.ts'
import { createFolderDisk } from '../../sidecar/src/files/folder-disk.ts'
import { createPackDisk } from '../../sidecar/src/files/pack-disk.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { type PackWorld, startPackWorld } from './pack-world.ts'

const without = findRealComfyui() === undefined
if (without) console.warn(noRealComfyui)

const alice = parseKey('a'.repeat(20))
const bob = parseKey('b'.repeat(20))
const packPath = '/gatehouse/pack/files'

interface Place {
  readonly disk: Disk
  readonly base: string
  close(): Promise<void>
}

async function folders(): Promise<Place> {
  const base = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'))
  for (const name of ['input', 'output', 'temp']) mkdirSync(join(base, name))
  const disk = createFolderDisk({
    input: join(base, 'input'),
    output: join(base, 'output'),
    temp: join(base, 'temp'),
  })
  return { disk, base, close: async () => rmSync(base, { recursive: true, force: true }) }
}

async function pack(): Promise<Place> {
  const world = await startPackWorld()
  const url = await world.comesUp()
  const disk = createPackDisk(async (path, body) => {
    const answer = await order(world, url, body, path)
    return { status: answer.status, value: answer.status === 200 ? await answer.json() : null }
  })
  return { disk, base: world.base, close: async () => await world[Symbol.asyncDispose]() }
}

function order(world: PackWorld, url: string, body: unknown, path = packPath): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    'x-gatehouse-guard': world.introductions()[0]?.guardSecret ?? '',
  }
  return fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), headers })
}

const ways: readonly (readonly [string, () => Promise<Place>, boolean])[] = [
  ['the folders themselves', folders, false],
  ['the pack in a real ComfyUI', pack, without],
]

describe.each(ways)('a disk reached through %s', { timeout: 120_000 }, (_way, open, isSkipped) => {
  const canSee = open === folders
  let place: Place
  beforeAll(async () => {
    if (!isSkipped) place = await open()
  })
  afterAll(async () => {
    await place?.close()
  })
  beforeEach(() => {
    if (isSkipped) return
    for (const root of ['input', 'output', 'temp']) {
      const folder = join(place.base, root)
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
    }
  })

  const lay = (path: string, text = 'x'): string => {
    const file = join(place.base, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  const paths = async (key: FolderKey) => (await place.disk.list(key, 'output')).map(({ path }) => path).sort()

  it.skipIf(isSkipped)('lists regular files below the one folder, with size and time', async () => {
    const file = lay(`output/${alice}/a/b.png`, 'four')
    utimesSync(file, 1_700_000_000, 1_700_000_000)
    lay(`output/${alice}/\u00e4 \u{1f600}.png`)
    lay(`output/${alice}2/near.png`)
    lay(`output/${bob}/foreign.png`)
    lay('output/loose.png')
    symlinkSync(join(place.base, 'output', bob), join(place.base, 'output', alice, 'folder-link'))
    symlinkSync(join(place.base, 'output/loose.png'), join(place.base, 'output', alice, 'file-link.png'))
    const listed = await place.disk.list(alice, 'output')
    expect(listed).toContainEqual({ path: 'a/b.png', bytes: 4, modifiedAtMs: 1_700_000_000_000 })
    expect(listed.map(({ path }) => path).sort()).toEqual(['a/b.png', '\u00e4 \u{1f600}.png'])
    expect(await place.disk.list(alice, 'input')).toEqual([])
  })

  it.skipIf(isSkipped)('takes a link in place of the folder for no folder', async () => {
    lay(`output/${bob}/foreign.png`)
    symlinkSync(join(place.base, 'output', bob), join(place.base, 'output', alice))
    expect(await place.disk.list(alice, 'output')).toEqual([])
    expect(await place.disk.remove(alice, [{ root: 'output', path: 'foreign.png' }])).toEqual([false])
    expect(await paths(bob)).toEqual(['foreign.png'])
  })

  it.skipIf(isSkipped)('removes what was there, and answers in order', async () => {
    lay(`output/${alice}/a/b.png`)
    lay(`input/${alice}/c.png`)
    lay(`output/${bob}/foreign.png`)
    symlinkSync(join(place.base, 'output', bob), join(place.base, 'output', alice, 'link'))
    const names = [
      ['output', 'a/b.png'],
      ['output', 'a/b.png'],
      ['input', 'c.png'],
      ['output', 'a'],
      ['output', 'link/foreign.png'],
      ['output', 'link'],
      ['output', `${'x'.repeat(250)}.png`],
    ] as const
    const removed = await place.disk.remove(
      alice,
      names.map(([root, path]) => ({ root, path })),
    )
    expect(removed).toEqual([true, false, true, false, false, false, false])
    expect(await paths(bob)).toEqual(['foreign.png'])
    expect(readdirSync(join(place.base, 'output', alice)).sort()).toEqual(['a', 'link'])
  })

  it.skipIf(isSkipped)('knows which names lead out of the folder, or leaves them to the pack', async () => {
    lay(`output/${alice}/a/b.png`)
    lay(`output/${bob}/foreign.png`)
    const own = join(place.base, 'output', alice)
    symlinkSync(join(place.base, 'output', bob), join(own, 'link'))
    symlinkSync(join(place.base, 'nowhere'), join(own, 'dangling.png'))
    symlinkSync('loop.png', join(own, 'loop.png'))
    symlinkSync('a/b.png', join(own, 'inside.png'))
    symlinkSync(join(place.base, 'output', bob), join(place.base, 'output', 'c'.repeat(20)))
    const stays = (path: string, key = alice) => place.disk.staysInside(key, { root: 'output', path })
    for (const path of ['a/b.png', 'inside.png', 'gone.png', 'gone/too.png', 'a/b.png/c.png'])
      expect(await stays(path), path).toBe(true)
    for (const path of ['link/foreign.png', 'link/new.png', 'link', 'dangling.png', 'loop.png'])
      expect(await stays(path), path).toBe(!canSee)
    expect(await stays('foreign.png', parseKey('c'.repeat(20)))).toBe(!canSee)
    expect(await stays('foreign.png', bob)).toBe(true)
  })

  it.skipIf(isSkipped)('adds up temp files by name alone', async () => {
    lay('temp/own_1.png', 'four')
    lay('temp/other.png', 'more than four')
    lay('temp/below/own_2.png', 'more than four')
    symlinkSync(join(place.base, 'temp/other.png'), join(place.base, 'temp/link.png'))
    const names = ['own_1.png', 'gone.png', 'below/own_2.png', '../temp/other.png', 'link.png', 'below']
    expect(await place.disk.tempUsage(names)).toEqual({ files: 1, bytes: 4 })
    rmSync(join(place.base, 'temp'), { recursive: true })
    expect(await place.disk.tempUsage(names)).toEqual({ files: 0, bytes: 0 })
    mkdirSync(join(place.base, 'temp'))
  })

  it.skipIf(isSkipped)('tells a missing folder from an empty one', async () => {
    rmSync(join(place.base, 'output'), { recursive: true })
    try {
      await expect(place.disk.list(alice, 'output')).rejects.toMatchObject({ code: 'files_unreadable' })
      await expect(place.disk.remove(alice, [{ root: 'output', path: 'x' }])).rejects.toMatchObject({
        code: 'files_unreadable',
      })
    } finally {
      mkdirSync(join(place.base, 'output'))
    }
  })
})

describe.skipIf(without)('the route of the pack', { timeout: 120_000 }, () => {
  let world: PackWorld
  let url: string
  beforeAll(async () => {
    world = await startPackWorld()
    url = await world.comesUp()
    mkdirSync(join(world.base, 'output', alice), { recursive: true })
    writeFileSync(join(world.base, 'output', alice, 'own.png'), 'x')
    writeFileSync(join(world.base, 'output', 'loose.png'), 'x')
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  it('has ComfyUI show nothing behind a link that leads out of a folder', async () => {
    const own = join(world.base, 'output', alice)
    symlinkSync(join(world.base, 'output'), join(own, 'up'))
    symlinkSync(join(world.base, 'output', 'loose.png'), join(own, 'loose-link.png'))
    symlinkSync('own.png', join(own, 'inside.png'))
    const headers = { 'x-gatehouse-guard': world.introductions()[0]?.guardSecret ?? '' }
    const shown = async (filename: string, subfolder: string, at = '/view') => {
      const query = new URLSearchParams({ type: 'output', subfolder, filename })
      const answer = await fetch(`${url}${at}?${query}`, { headers })
      return [answer.status, await answer.text()]
    }
    try {
      const absent = await shown('gone.png', alice)
      expect(absent).toEqual([404, ''])
      for (const at of ['/view', '/api/view']) {
        expect(await shown('loose-link.png', alice, at)).toEqual(absent)
        expect(await shown('loose.png', `${alice}/up`, at)).toEqual(absent)
        expect(await shown('inside.png', alice, at)).toEqual([200, 'x'])
        expect(await shown('own.png', alice, at)).toEqual([200, 'x'])
      }
    } finally {
      for (const name of ['up', 'loose-link.png', 'inside.png']) rmSync(join(own, name))
    }
  })

  it('is closed to strangers, and has no twin and no other method', async () => {
    const body = JSON.stringify({ op: 'list', folder: alice, root: 'output' })
    expect((await fetch(`${url}${packPath}`, { method: 'POST', body })).status).toBe(401)
    expect((await order(world, url, { op: 'list', folder: alice, root: 'output' })).status).toBe(200)
    const twin = await order(world, url, { op: 'list', folder: alice, root: 'output' }, `/api${packPath}`)
    expect([404, 405]).toContain(twin.status)
  })

  it.each<[string, unknown]>([
    ['no object', []],
    ['no order', {}],
    ['another order', { op: 'read', folder: alice, root: 'output' }],
    ['the root itself', { op: 'list', folder: '', root: 'output' }],
    ['a way up', { op: 'list', folder: '..', root: 'output' }],
    ['a longer folder', { op: 'list', folder: `${alice}/..`, root: 'output' }],
    ['upper case', { op: 'list', folder: alice.toUpperCase(), root: 'output' }],
    ['a folder with a line break', { op: 'list', folder: `${alice}\n`, root: 'output' }],
    ['temp', { op: 'list', folder: alice, root: 'temp' }],
    ['models', { op: 'list', folder: alice, root: 'models' }],
    ['an absolute root', { op: 'list', folder: alice, root: '/' }],
    ['a folder that is a number', { op: 'list', folder: 1, root: 'output' }],
    ...['../loose.png', '/etc/passwd', 'a/../../loose.png', '', '.', 'a//b', 'a\\b', 'C:x', 'x\0'].map(
      (path): [string, unknown] => [
        `to remove ${JSON.stringify(path)}`,
        { op: 'remove', folder: alice, files: [{ root: 'output', path }] },
      ],
    ),
    ['files that are no list', { op: 'remove', folder: alice, files: 'own.png' }],
    ['a file that is a text', { op: 'remove', folder: alice, files: ['own.png'] }],
    ['names that are no list', { op: 'temp', names: 'x' }],
  ])('refuses %s', async (_what, body) => {
    expect((await order(world, url, body)).status).toBe(400)
    expect(readdirSync(join(world.base, 'output')).sort()).toEqual([alice, 'loose.png'])
    expect(readdirSync(join(world.base, 'output', alice))).toEqual(['own.png'])
  })
})

function parseKey(text: string): FolderKey {
  return text as FolderKey
}
