import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Graph } from '../support/person.ts'
import { until } from '../support/person.ts'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'
import { findPython, installFromNpm, installFromPypi, noPython, type Python } from './install.ts'
import { type ClientRun, clientRuns } from './pins.ts'
import { type ClientOf, clientOf } from './run-client.ts'

const installTimeoutMs = 600_000
const clientTimeoutMs = 120_000
const python = await findPython()
if (python === undefined) console.error(noPython)
const isRealHere = findRealComfyui() !== undefined
if (!isRealHere) console.error(noRealComfyui)

const upstreams = isRealHere ? (['practice', 'real'] as const) : (['practice'] as const)

beforeAll(async () => {
  const pins = clientRuns.map(({ pin }) => pin)
  const fromNpm = async () => {
    for (const pin of pins) if (pin.registry === 'npm') await installFromNpm(pin)
  }
  const fromPypi = async (found: Python) => {
    for (const pin of pins) if (pin.registry === 'PyPI') await installFromPypi(found, pin)
  }
  await Promise.all([fromNpm(), python === undefined ? undefined : fromPypi(python)])
}, installTimeoutMs)

describe.each(upstreams)('through Gatehouse to a %s ComfyUI', (upstream) => {
  let world: World
  let real: RealComfyui | undefined
  let cookies: Readonly<Record<string, string>>
  beforeAll(async () => {
    real = upstream === 'real' ? await startRealComfyui() : undefined
    world = await createWorld(real === undefined ? {} : { comfyuiUrl: real.url })
    cookies = { alice: await logIn('alice', alicePassword), bob: await logIn('bob', bobPassword) }
  }, 240_000)
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await real?.close()
  })

  const logIn = async (username: string, password: string): Promise<string> => {
    const answer = await fetch(`${world.address}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    })
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }

  const used = (client: ClientRun, name: 'alice' | 'bob'): ClientOf =>
    clientOf(client, { address: world.address, person: world[name], python, cookie: cookies[name] ?? '' })

  describe.each(clientRuns)('$pin.name $pin.version with $carrier', (client) => {
    const test = it.skipIf(client.pin.registry === 'PyPI' && python === undefined)
    const prefix = `${client.program.split('.')[0]}-${client.carrier.replace(/\W/g, '')}`

    test(
      'queues, follows, downloads and looks up a job of its own, and of nobody else',
      async () => {
        const ran = await used(client, 'alice').runs(picture(prefix))
        const { id, filename } = await newest(world, prefix)
        const saved = Buffer.from(
          await (await world.alice.fetch(`/view?filename=${filename}&type=output`)).arrayBuffer(),
        )
        expect(saved.subarray(1, 4).toString()).toBe('PNG')
        expect(ran.images.map((image) => image.equals(saved))).toEqual([true])
        if (ran.promptId !== undefined) expect(await world.alice.json('/history')).toHaveProperty(ran.promptId)

        const own = await used(client, 'alice').looks(id, filename)
        expect(own.image.equals(saved)).toBe(true)
        if (own.history !== undefined) expect(own.history).toContain(id)

        const foreign = await used(client, 'bob').looks(id, filename)
        expect(foreign.image.includes('PNG')).toBe(false)
        expect(foreign.history ?? '').not.toContain(id)
        expect(foreign.history ?? '').not.toContain(prefix)
        expect(await world.bob.json('/history')).toEqual({})
        if (upstream === 'practice') {
          const heard = world.practice.requests.map(({ url, rawHeaders, body }) => `${url} ${rawHeaders} ${body}`)
          expect(heard.some((text) => text.includes(prefix))).toBe(true)
          expect(heard.filter((text) => text.includes('gh_'))).toEqual([])
        }
      },
      clientTimeoutMs,
    )
  })
})

describe('an installer that cannot reach its index', () => {
  it.skipIf(python === undefined)('says which command has to work', async () => {
    if (python === undefined) return
    const nowhere = { registry: 'PyPI', name: 'comfykit', version: '0.0.0' } as const
    await expect(installFromPypi(python, nowhere)).rejects.toThrow(
      /^The PyPI client comfykit 0\.0\.0 could not be installed: .* Make `.* pip install comfykit==0\.0\.0` work/,
    )
  })
})

/** With the titles and the numeric ids that some clients want. */
function picture(prefix: string): Graph {
  const graph = {
    '1': {
      class_type: 'EmptyImage',
      inputs: { width: 16, height: 16, batch_size: 1, color: 4_711 },
      _meta: { title: 'Colour' },
    },
    '2': {
      class_type: 'SaveImage',
      inputs: { images: ['1', 0], filename_prefix: prefix },
      _meta: { title: 'Save Image' },
    },
  }
  return graph
}

/** Some clients keep the id to themselves: the owner's history knows it. */
function newest(world: World, prefix: string): Promise<{ id: string; filename: string }> {
  return until(async () => {
    for (const [id, entry] of Object.entries(await world.alice.json('/history')).reverse()) {
      const filename = new RegExp(`${prefix}_\\d+_\\.png`).exec(JSON.stringify(entry))?.[0]
      if (filename !== undefined) return { id, filename }
    }
    return undefined
  })
}
