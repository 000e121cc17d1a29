/**
 * What a tenant does must not show in what another one can observe, and no answer may hold a name that exists only
 * inside ComfyUI: folder keys, temp names, upstream ids, salts, node prefixes, the secret client id, host paths. Bodies
 * are compared elsewhere; here it is tags, lengths, headers and the side doors of caches (A25, A37, B21).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copiedPicture, onePixel, savedPicture } from '../support/graphs.ts'
import { until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { ask, twins } from './ask.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

/** Everything a tenant can look at without naming anything. */
const lookable = twins([
  '/prompt',
  '/queue',
  '/history',
  '/jobs',
  '/userdata?dir=.&recurse=true',
  '/v2/userdata',
  '/settings',
  '/object_info',
  '/object_info/LoadImage',
  '/object_info/LoadImageDataSetFromFolder',
  '/object_info/LoadLatent',
  '/embeddings',
  '/models',
  '/models/loras',
  '/models/checkpoints',
  '/experiment/models',
  '/experiment/models/loras',
  '/users',
  '/features',
  '/extensions',
  '/global_subgraphs',
  '/node_replacements',
  '/i18n',
  '/workflow_templates',
]).concat(['/internal/files/input', '/internal/files/output', '/internal/files/temp', '/gatehouse/api/v1/queue'])

interface View {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

async function everything(key: string): Promise<Readonly<Record<string, View>>> {
  const seen: Record<string, View> = {}
  for (const path of lookable) {
    const { status, headers, body } = await ask(world, 'GET', path, { headers: { authorization: `Bearer ${key}` } })
    seen[path] = { status, headers, body }
  }
  return seen
}

describe("another tenant's work", () => {
  it('changes no byte, tag, length or header of what one can look at', async () => {
    const before = await everything(world.bob.key)
    expect((await world.alice.uploads('secret.png', onePixel, { subfolder: 'a new folder' })).status).toBe(200)
    expect((await world.alice.uploads('root.png', onePixel)).status).toBe(200)
    await (await world.alice.queues(savedPicture('secret'))).finishes()
    await world.alice.fetch('/userdata/secret.json', { method: 'POST', body: '{}' })
    await world.alice.post('/settings', { secret: 1 })
    // Nothing remembered may hide a difference.
    await world.restartSidecar()
    await until(async () => ((await world.bob.fetch('/ready')).status === 200 ? true : undefined))
    expect(await everything(world.bob.key)).toEqual(before)
  })
})

describe('names that exist only inside ComfyUI', () => {
  it('are in no header and no body of anything the owner of the files gets', async () => {
    expect((await world.alice.uploads('own.png', onePixel)).status).toBe(200)
    const job = await world.alice.queues({ ...savedPicture('own'), ...shifted(copiedPicture('own.png', 'copy')) })
    const entry = await job.finishes()
    const preview = new URLSearchParams(previewOf(entry))
    const inside = insideNames()
    const paths = [
      ...lookable,
      ...twins([`/history/${job.id}`, `/jobs/${job.id}`, `/view?${preview}`, `/view?${preview}&channel=rgb`]),
    ]
    for (const path of paths) {
      const { headers, body } = await ask(world, 'GET', path, {
        headers: { authorization: `Bearer ${world.alice.key}` },
      })
      const isPicture = headers['content-type']?.startsWith('image/') === true
      const text = JSON.stringify(headers) + (isPicture ? '' : body)
      for (const [what, name] of inside) expect(text.includes(name), `${what} in ${path}`).toBe(false)
      expect(text, path).not.toMatch(/_temp_[a-z]{5}_\d{5}/)
    }
  })
})

/** Node ids of a second graph beside a first one. */
function shifted(graph: ReturnType<typeof savedPicture>): ReturnType<typeof savedPicture> {
  const text = JSON.stringify(graph)
    .replace(/"(\d)":\{/g, '"1$1":{')
    .replace(/\["(\d)",/g, '["1$1",')
  return JSON.parse(text)
}

function previewOf(entry: Record<string, unknown>): Record<string, string> {
  const found = /"filename":"(preview_[^"]+)"/.exec(JSON.stringify(entry))?.[1]
  if (found === undefined) throw new Error('no preview in the history')
  return { filename: found, type: 'temp', subfolder: '' }
}

/** What ComfyUI really heard. */
function insideNames(): readonly (readonly [string, string])[] {
  const posted = world.practice.requests.findLast(({ method, url }) => method === 'POST' && url === '/prompt')
  const text = posted?.body.toString() ?? ''
  const find = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1]
    if (found === undefined) throw new Error(`${pattern} is not in ${text}`)
    return found
  }
  return [
    ['the folder key', world.alice.folderKey],
    ['the salt', find(/"_gatehouse":"([^"]+)"/)],
    ['the node prefix', find(/"([a-z]{12}-)\d+":/)],
    ['the upstream id', find(/"prompt_id":"([^"]+)"/)],
    ['the client id', find(/"client_id":"([^"]+)"/)],
    ['the data directory', world.dataDir],
    ["ComfyUI's directory", world.practice.baseDirectory],
    ["ComfyUI's address", new URL(world.practice.url).host],
  ]
}

describe('at rest', () => {
  it('no API key lies in the database', async () => {
    const names = readdirSync(world.dataDir).filter((name) => name.startsWith('gatehouse.sqlite'))
    const bytes = names.map((name) => readFileSync(join(world.dataDir, name)).toString('latin1'))
    expect(bytes.length).toBeGreaterThan(0)
    for (const text of bytes) {
      expect(text.includes(world.alice.key)).toBe(false)
      expect(text.includes(world.alice.key.split('_')[2] ?? world.alice.key)).toBe(false)
    }
  })
})
