/** Where do ComfyUI's own tests knock? A world of the tests whose ComfyUI is whatever a test puts on a port. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../support/real-comfyui.ts'
import { createWorld } from '../../support/world.ts'

export interface Door extends AsyncDisposable {
  readonly address: string
  readonly key: string
  readonly upstreamPort: number
  /** Folder of the tenant's saved files. */
  readonly userdata: string
}

export async function openDoor(): Promise<Door> {
  const upstreamPort = await freePort()
  const world = await createWorld({ comfyuiUrl: `http://127.0.0.1:${upstreamPort}` })
  const userdata = join(world.dataDir, 'tenants', world.alice.folderKey, 'userdata')
  mkdirSync(userdata, { recursive: true })
  return {
    address: world.address,
    key: world.alice.key,
    upstreamPort,
    userdata,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}
