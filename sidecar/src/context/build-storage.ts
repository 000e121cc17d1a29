/** How is the disk of one ComfyUI reached? Through the folders that the operator names, else through the companion pack. */

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
    const { input_dir: input, output_dir: output, temp_dir: temp } = live.current().files
    // The folders named are those of comfyui.url: another worker may have its own.
    const isNamed = input !== undefined && output !== undefined && upstream.name === defaultWorkerName
    return isNamed ? createFolderDisk({ input, output, temp }) : pack
  }
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
