/** How are tenants' files reached through the companion pack inside ComfyUI? One guarded route that only the sidecar can call. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import { type Disk, type DiskFile, isFolderKey } from './disk.ts'

/** `POST` of JSON to ComfyUI with the guard's secret. @throws comfyui_down */
export type PostToPack = (path: string, body: Json) => Promise<{ readonly status: number; readonly value: Json }>

/** extension/pack/gatehouse_pack/files.py */
const packPath = '/gatehouse/pack/files'

export function createPackDisk(post: PostToPack): Disk {
  const ask = async (body: JsonObject): Promise<JsonObject> => {
    const { status, value } = await post(packPath, body)
    // An older pack, or a guard that somebody else put in front of ComfyUI.
    if (status === 404 || status === 405) throw new GatehouseError('files_unmanaged')
    if (status !== 200 || !isObject(value)) {
      throw new GatehouseError('files_unreadable', { detail: `the companion pack answered ${status}` })
    }
    return value
  }
  return {
    list: async (key, root) => parseFiles(await ask({ op: 'list', folder: folderOf(key), root })),
    remove: async (key, names) => {
      const files = names.map(({ root, path }) => ({ root, path }))
      const { removed } = await ask({ op: 'remove', folder: folderOf(key), files })
      const answers = isArray(removed) ? removed.filter((one) => typeof one === 'boolean') : []
      if (answers.length !== names.length) throw misunderstood()
      return answers
    },
    // The pack looks by itself when it is asked for the file (guard.py): a question of ours would cost each view a way.
    staysInside: async () => true,
    tempUsage: async (names) => {
      const { files, bytes } = await ask({ op: 'temp', names })
      if (typeof files !== 'number' || typeof bytes !== 'number') throw misunderstood()
      return { files, bytes }
    },
  }
}

function folderOf(key: FolderKey): string {
  if (!isFolderKey(key)) throw new TypeError('a folder key has another form')
  return key
}

function parseFiles({ files }: JsonObject): readonly DiskFile[] {
  if (!isArray(files)) throw misunderstood()
  return files.map((file) => {
    const [path, bytes, modifiedAtMs]: readonly (Json | undefined)[] = isArray(file) ? file : []
    if (typeof path !== 'string' || typeof bytes !== 'number' || typeof modifiedAtMs !== 'number') throw misunderstood()
    return { path, bytes, modifiedAtMs }
  })
}

function misunderstood(): GatehouseError {
  return new GatehouseError('files_unreadable', { detail: 'the companion pack answered in another form' })
}
