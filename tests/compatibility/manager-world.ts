/** Which generations of ComfyUI-Manager are here, and what stands before one? A real ComfyUI with it, heard by a proxy. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { type RecordingProxy, startRecordingProxy } from '../support/recording-proxy.ts'

export interface Generation {
  readonly name: string
  readonly args: readonly string[]
  readonly customNodes: readonly string[]
  /** Of the modules that register its routes. */
  readonly module: RegExp
  /** What its own scripts throw in the page of somebody whom it does not answer. */
  readonly complains?: RegExp
}

export interface ManagerRoute {
  readonly method: string
  readonly path: string
}

export interface ManagerWorld extends AsyncDisposable {
  readonly proxy: RecordingProxy
  /** What the Manager registered, as ComfyUI matches it. */
  readonly routes: readonly ManagerRoute[]
}

export const noManager =
  'SKIPPED: beside a real ComfyUI, neither the package comfyui-manager nor a folder of the Manager at COMFYUI_MANAGER_DIR.'

/** The package, with its own and with the legacy pages, and the folder that an operator names. */
export function findManagers(environment: NodeJS.ProcessEnv = process.env): readonly Generation[] {
  const place = findRealComfyui(environment)
  if (place === undefined) return []
  const hasPackage = spawnSync(place.python, ['-c', 'import comfyui_manager'], { cwd: place.directory }).status === 0
  const module = /^comfyui_manager\b/
  const packages: readonly Generation[] = [
    { name: 'the package', args: ['--enable-manager'], customNodes: [], module },
    {
      name: 'the package with its legacy pages',
      args: ['--enable-manager', '--enable-manager-legacy-ui'],
      customNodes: [],
      module,
    },
  ]
  const folder = environment.COMFYUI_MANAGER_DIR ?? ''
  const pack: Generation = {
    name: 'the node pack',
    args: [],
    customNodes: [folder],
    module: /manager_server|share_3rdparty/,
    // It reads every answer as JSON, "404: Not Found" included.
    complains: /^Unexpected non-whitespace character after JSON at position 3/,
  }
  return [...(hasPackage ? packages : []), ...(existsSync(join(folder, '__init__.py')) ? [pack] : [])]
}

export async function startWithManager(generation: Generation): Promise<ManagerWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-manager-'))
  const file = join(folder, 'routes.json')
  const comfyui = await startRealComfyui({
    args: generation.args,
    customNodes: [join(import.meta.dirname, 'routes-pack'), ...generation.customNodes],
    env: { GATEHOUSE_TEST_ROUTES_FILE: file },
  })
  const proxy = await startRecordingProxy(comfyui.url)
  return {
    proxy,
    routes: parseRoutes(readFileSync(file, 'utf8'), generation.module),
    [Symbol.asyncDispose]: async () => {
      await proxy.close()
      await comfyui.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function parseRoutes(text: string, module: RegExp): readonly ManagerRoute[] {
  const all = JSON.parse(text) as readonly (ManagerRoute & { readonly module: string })[]
  return all.filter((route) => module.test(route.module)).map(({ method, path }) => ({ method, path }))
}
