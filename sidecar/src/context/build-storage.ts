/** How is the disk of one ComfyUI reached? Through the folders that the operator names, else through the companion pack. */
import type { Config } from '../config/config.ts'
import type { FolderSettings } from '../config/folders-schema.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { defaultWorkerName } from '../config/workers-schema.ts'
import type { Disk, FindDisk } from '../files/disk.ts'
import { createFolderDisk } from '../files/folder-disk.ts'
import { createPackDisk } from '../files/pack-disk.ts'
import { fetchUpstream } from '../proxy/fetch-upstream.ts'
import type { Upstream } from '../proxy/upstream.ts'
import { parseUpstreamJson, stringifyJson } from '../transform/lossless-json.ts'

export interface DiskFinderOptions {
  readonly live: LiveConfig
  readonly upstream: Upstream
}

/** A listing of own files waits no longer for ComfyUI; the ledger knows most of them, too. */
const packPatienceMs = 10_000

export function createDiskFinder({ live, upstream }: DiskFinderOptions): FindDisk {
  const pack = upstream.isGuarded ? packDisk(upstream) : undefined
  return () => {
    const { input_dir: input, output_dir: output, temp_dir: temp } = foldersOf(live.current(), upstream.name)
    return input === undefined || output === undefined ? pack : createFolderDisk({ input, output, temp })
  }
}

/** `files` names the folders of comfyui.url; each further worker has its own. */
function foldersOf({ files, workers }: Config, worker: string): FolderSettings {
  if (worker === defaultWorkerName) return files
  return workers.find(({ name }) => name === worker) ?? {}
}

function packDisk(upstream: Upstream): Disk {
  const decoder = new TextDecoder()
  return createPackDisk(async (path, body) => {
    const answer = await fetchUpstream(upstream, path, {
      method: 'POST',
      body: stringifyJson(body),
      headers: { 'content-type': 'application/json' },
      timeoutMs: packPatienceMs,
    })
    return {
      status: answer.status,
      value: answer.status === 200 ? parseUpstreamJson(decoder.decode(answer.body)) : null,
    }
  })
}
