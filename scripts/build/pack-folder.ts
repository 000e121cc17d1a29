/** What is dropped into `custom_nodes`? The Python pack, the sidecar's bundle, its pages, and the one script ComfyUI loads. */
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

const leftOut = new Set(['__pycache__', 'tests', '.pytest_cache', '.ruff_cache', '.mypy_cache'])

/** Assembles `comfyui-gatehouse/` in `dist` from `extension/pack` and the bundles already there. */
export async function buildPack(root: string, dist: string): Promise<boolean> {
  const source = join(root, 'extension/pack')
  const target = join(dist, 'comfyui-gatehouse')
  if (!existsSync(join(source, '__init__.py'))) return false
  await cp(source, target, {
    recursive: true,
    filter: (path) => !leftOut.has(basename(path)) && !path.endsWith('.pyc'),
  })
  // ComfyUI imports every .js below WEB_DIRECTORY into the page (server.py get_extensions, 0.33.0): nothing else goes there.
  await mkdir(join(target, 'web'), { recursive: true })
  await copyFile(join(dist, 'web/extension.js'), join(target, 'web/extension.js'))
  await cp(join(dist, 'web'), join(target, 'pages'), { recursive: true })
  for (const name of ['gatehouse.mjs', 'bcrypt-worker.mjs']) {
    const bundle = join(dist, 'sidecar', name)
    if (existsSync(bundle)) await copyFile(bundle, join(target, name))
  }
  return true
}
