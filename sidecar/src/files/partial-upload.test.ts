import type { FolderKey } from '@gatehouse/shared/ids'
import { expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import type { FailedUpload, OwnFiles } from '../policy/world.ts'
import type { Disk, DiskFile } from './disk.ts'
import { discardingPartialUploads } from './partial-upload.ts'

const key = parseKey('k1k1k1k1k1k1k1k1k1k1')
const own: OwnFiles = {
  toUpstream: async () => undefined,
  toOwn: async () => undefined,
  list: async () => [{ root: 'input', subfolder: '', filename: 'known.png' }],
  recordUpload: async () => undefined,
  discardUpload: async () => undefined,
}

/** Which of the files are removed after `upload` failed. */
async function removedOf(
  files: readonly (readonly [string, number])[],
  upload: Partial<FailedUpload> & { name: string },
) {
  const removed: string[] = []
  const disk: Disk = {
    list: async () => files.map(([path, modifiedAtMs]): DiskFile => ({ path, bytes: 1, modifiedAtMs })),
    remove: async (_key, names) => names.map(({ path }) => removed.push(path) > 0),
    staysInside: async () => true,
    tempUsage: async () => undefined,
  }
  const slash = upload.name.lastIndexOf('/')
  await discardingPartialUploads(own, () => disk, key).discardUpload({
    ...{ overwrites: false, startedAtMs: 1_000, ...upload },
    own: { root: 'input', subfolder: upload.name.slice(0, Math.max(slash, 0)), filename: upload.name.slice(slash + 1) },
  })
  return removed
}

it.each([
  ['cat.png', 'cat.png'],
  ['cat.png', 'cat (1).png'],
  ['cat.png', 'cat (12).png'],
  ['a/b/cat.png', 'a/b/cat (1).png'],
  ['cat', 'cat (1)'],
  ['.cat', '.cat (1)'],
])('an upload of %s leaves no %s behind', async (name, path) => {
  expect(
    await removedOf(
      [
        ['old.png', 1],
        [path, 1_200],
        ['older.png', 1_100],
      ],
      { name },
    ),
  ).toEqual([path])
})

it.each([
  ['cat.png', 'dog.png'],
  ['cat.png', 'cat (0).png'],
  ['cat.png', 'cat (x).png'],
  ['cat.png', 'cat (1).jpg'],
  ['cat.png', 'below/cat.png'],
  ['below/cat.png', 'cat.png'],
  ['known.png', 'known.png'],
])('a failed upload of %s costs nobody %s', async (name, path) => {
  expect(await removedOf([[path, 1_200]], { name })).toEqual([])
})

it('what was there before, and what is not the newest, stays', async () => {
  expect(await removedOf([['cat.png', 900]], { name: 'cat.png' })).toEqual([])
  expect(await removedOf([['cat.png', 900]], { name: 'cat.png', overwrites: true })).toEqual([])
  const newer: readonly (readonly [string, number])[] = [
    ['cat.png', 1_100],
    ['dog.png', 1_200],
  ]
  expect(await removedOf(newer, { name: 'cat.png' })).toEqual([])
  expect(await removedOf([], { name: 'cat.png' })).toEqual([])
})

it('one that is overwritten is removed under its own name only, acknowledged before or not', async () => {
  expect(await removedOf([['known.png', 1_200]], { name: 'known.png', overwrites: true })).toEqual(['known.png'])
  expect(await removedOf([['known (1).png', 1_200]], { name: 'known.png', overwrites: true })).toEqual([])
})

it('a disk out of reach changes nothing about the answer', async () => {
  const failed: FailedUpload = {
    own: { root: 'input', subfolder: '', filename: 'cat.png' },
    overwrites: false,
    startedAtMs: 1,
  }
  const fails = async (): Promise<never> => {
    throw new GatehouseError('files_unreadable')
  }
  const disk: Disk = { list: fails, remove: fails, staysInside: fails, tempUsage: fails }
  await expect(discardingPartialUploads(own, () => disk, key).discardUpload(failed)).resolves.toBeUndefined()
  await expect(discardingPartialUploads(own, () => undefined, key).discardUpload(failed)).resolves.toBeUndefined()
})

function parseKey(text: string): FolderKey {
  return text as FolderKey
}
