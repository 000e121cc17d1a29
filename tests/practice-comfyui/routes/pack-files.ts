/** What does the companion pack answer about files? (extension/pack/gatehouse_pack/files.py) */
import { isFolderKey } from '../../../sidecar/src/files/disk.ts'
import { createFolderDisk } from '../../../sidecar/src/files/folder-disk.ts'
import { empty, json } from '../aiohttp/answer.ts'
import type { RouteTable } from '../aiohttp/router.ts'
import type { Comfyui } from '../comfyui.ts'

interface Order {
  readonly op: 'list' | 'remove' | 'temp'
  readonly folder: Parameters<ReturnType<typeof createFolderDisk>['list']>[0]
  readonly root: 'input' | 'output'
  readonly files: readonly { readonly root: 'input' | 'output'; readonly path: string }[]
  readonly names: readonly string[]
}

export function packFilesRoutes({ directories }: Comfyui): RouteTable {
  const { input, output, temp } = directories
  const disk = createFolderDisk({ input, output, temp })
  return {
    'POST /gatehouse/pack/files': async (request) => {
      const order = parseOrder(JSON.parse((await request.body()).toString('utf8')))
      if (order.op === 'temp') {
        return json({ ...((await disk.tempUsage(order.names)) ?? { files: 0, bytes: 0 }) })
      }
      if (!isFolderKey(order.folder)) return json({ error: 'folder or root has another form' }, 400)
      if (order.op === 'remove') return json({ removed: [...(await disk.remove(order.folder, order.files))] })
      const files = await disk.list(order.folder, order.root)
      return json({ files: files.map(({ path, bytes, modifiedAtMs }) => [path, bytes, modifiedAtMs]) })
    },
  }
}

/** The guard shows nothing behind a link that leads out of a tenant's folder (guard.py). */
export function refusingLinks({ directories }: Comfyui, routes: RouteTable): RouteTable {
  const { input, output, temp } = directories
  const disk = createFolderDisk({ input, output, temp })
  const view = routes['GET /view']
  if (view === undefined) throw new TypeError('there is no /view')
  return {
    ...routes,
    'GET /view': async (request) => {
      const [root, filename = ''] = [request.query('type'), request.query('filename')]
      const [key = '', ...folders] = (request.query('subfolder') ?? '').split('/')
      if ((root !== 'input' && root !== 'output') || !isFolderKey(key)) return view(request)
      const name = { root, path: [...folders, filename].join('/') } as const
      return (await disk.staysInside(parseFolderKey(key), name)) ? view(request) : empty(404)
    },
  }
}

function parseFolderKey(text: string): Order['folder'] {
  return text as Order['folder']
}

function parseOrder(value: unknown): Order {
  return value as Order
}
