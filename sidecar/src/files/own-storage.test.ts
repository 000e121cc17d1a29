import type { FolderKey, TenantId } from '@gatehouse/shared/ids'
import { expect, it } from 'vitest'
import type { Disk } from './disk.ts'
import { createOwnStorage, type StorageDependencies } from './own-storage.ts'

it('walks a folder twice for a hundred requests that come at once, each with handles of its own', async () => {
  let walkCount = 0
  const disk: Disk = {
    list: async () => {
      walkCount += 1
      return [{ path: 'a.png', bytes: 7, modifiedAtMs: 5 }]
    },
    remove: async () => [],
    staysInside: async () => true,
    tempUsage: async () => undefined,
  }
  const files: StorageDependencies['files'] = { forget: async () => undefined, upstreamTempNames: async () => [] }
  const findDisk = () => disk
  const owner = { id: 'acme' as TenantId, folderKey: 'k1k1k1k1k1k1k1k1k1k1' as FolderKey }
  const pages = Array.from({ length: 100 }, () =>
    createOwnStorage({ worker: 'default', findDisk, files }, owner).page({ root: 'output', limit: 10 }),
  )
  const facts = { root: 'output', subfolder: '', filename: 'a.png', bytes: 7, modifiedAtMs: 5 }
  expect(await Promise.all(pages)).toEqual(Array.from(pages, () => ({ files: [facts], next: undefined })))
  expect(walkCount).toBe(2)
})
