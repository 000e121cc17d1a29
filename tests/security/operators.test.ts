/**
 * What runs, stops, empties or describes the whole server is for operators: the Manager in every version's paths, logs,
 * host paths, memory, assets, and what other packs may add (A18, A19, A28, A35, A36, A40). For everybody else the answer
 * is that of a route that does not exist, or a polite nothing, and ComfyUI hears nothing.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { onePixel } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'
import { ask, type Reply, twins } from './ask.ts'

let world: World
let heard = 0
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => {
  heard = world.practice.requests.length
})

const isOwnTraffic = (url: string) => /^\/(?:object_info|system_stats|ws|history|queue)(?:[/?]|$)/.test(url)
const forwarded = () =>
  world.practice.requests
    .slice(heard)
    .filter(({ method, url }) => method !== 'GET' || !isOwnTraffic(url))
    .map(({ url }) => url)

const as = (key: string, method: string, path: string, body = ''): Promise<Reply> =>
  ask(world, method, path, { headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }) }, body })

const managers = ['', '/v2'].flatMap((version) => [
  ...[
    'customnode/getlist',
    'customnode/getmappings',
    'customnode/installed',
    'customnode/versions/x',
    'customnode/fetch_updates',
  ].map((path) => `GET ${version}/${path}`),
  ...['customnode/install/git_url', 'customnode/install/pip', 'customnode/import_fail_info'].map(
    (path) => `POST ${version}/${path}`,
  ),
  ...[
    'manager/reboot',
    'manager/version',
    'manager/queue/status',
    'manager/queue/start',
    'manager/db_mode',
    'manager/policy/update',
    'manager/get_openart_auth',
    'manager/youml/settings',
    'manager/share_option',
    'manager/channel_url_list',
  ].map((path) => `GET ${version}/${path}`),
  ...[
    'manager/reboot',
    'manager/queue/install',
    'manager/queue/task',
    'manager/queue/batch',
    'manager/queue/update_all',
    'manager/share',
    'manager/set_openart_auth',
    'manager/component/save',
  ].map((path) => `POST ${version}/${path}`),
  ...['snapshot/getlist', 'snapshot/get_current', 'externalmodel/getlist', 'comfyui_manager/comfyui_versions'].map(
    (path) => `GET ${version}/${path}`,
  ),
  ...['snapshot/save', 'snapshot/restore', 'snapshot/remove', 'comfyui_manager/comfyui_switch_version'].map(
    (path) => `POST ${version}/${path}`,
  ),
])
/** Our own pages answer for themselves, to strangers too. */
const isOwn = (path: string) => path.startsWith('/gatehouse/')
const packs = [
  'GET /pysssss/view',
  'POST /vhs/queryvideo',
  'GET /rgthree/api/config',
  'POST /impact/sam/prepare',
  'GET /crystools/monitor',
  'POST /easyuse/x',
  'GET /share/x',
  'POST /models/download',
  'GET /gatehouse/prove',
]

describe('the Manager and the routes of packs', () => {
  it.each([...managers, ...packs])('%s', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    for (const twin of twins([path])) {
      for (const each of [method, method === 'GET' ? 'HEAD' : 'PUT', 'DELETE']) {
        expect((await as('', each, twin, '{}')).status, `${each} ${twin}`).toBe(isOwn(twin) ? 404 : 401)
        expect((await as(world.bob.key, each, twin, '{}')).status, `${each} ${twin}`).toBe(404)
      }
    }
    expect(forwarded()).toEqual([])
  })
})

describe('logs, paths and memory', () => {
  it.each(['/internal/logs', '/internal/logs/raw'])('%s is not there for a tenant', async (path) => {
    expect((await as('', 'GET', path)).status).toBe(401)
    const bob = await as(world.bob.key, 'GET', path)
    const absent = await as(world.bob.key, 'GET', '/internal/nothing')
    expect({ ...bob, headers: bob.headers }).toEqual(absent)
    expect((await as(world.bob.key, 'GET', `/api${path}`)).status).toBe(404)
    expect(forwarded()).toEqual([])
    expect((await as(world.olga.key, 'GET', path)).status).toBe(200)
  })

  it('/internal/folder_paths names no folder to a tenant', async () => {
    expect((await as('', 'GET', '/internal/folder_paths')).status).toBe(401)
    const { body } = await as(world.bob.key, 'GET', '/internal/folder_paths')
    expect(body).toBe('{}')
    expect((await as(world.bob.key, 'GET', '/api/internal/folder_paths')).status).toBe(404)
    expect(forwarded()).toEqual([])
  })

  it('nobody subscribes a client id to the log, not even an operator', async () => {
    for (const { key } of [world.bob, world.olga]) {
      const reply = await as(key, 'PATCH', '/internal/logs/subscribe', '{"clientId":"x","enabled":true}')
      expect([reply.status, reply.body]).toEqual([200, ''])
    }
    expect(forwarded()).toEqual([])
  })

  it('/free frees nothing for a tenant, and two switches at most for an operator', async () => {
    for (const path of twins(['/free'])) {
      const reply = await as(world.bob.key, 'POST', path, '{"unload_models":true,"free_memory":true}')
      expect([reply.status, reply.body]).toEqual([200, ''])
    }
    expect(forwarded()).toEqual([])
    await as(world.olga.key, 'POST', '/free', '{"unload_models":true,"free_memory":1,"evil":true}')
    const sent = world.practice.requests.slice(heard).find(({ url }) => url === '/free')
    expect(JSON.parse(sent?.body.toString() ?? '')).toEqual({ unload_models: true, free_memory: false })
  })

  it('/interrupt of somebody who runs nothing reaches nobody, whatever the body', async () => {
    for (const body of [
      '',
      '{}',
      'null',
      '[]',
      '"x"',
      '{"prompt_id":null}',
      '{"prompt_id":""}',
      '{"prompt_id":{"a":1}}',
      '{broken',
    ]) {
      // 500 is ComfyUI's own answer to JSON that is no object.
      for (const path of twins(['/interrupt']))
        expect([200, 500]).toContain((await as(world.bob.key, 'POST', path, body)).status)
    }
    expect(forwarded()).toEqual([])
  })

  it('/system_stats names neither paths nor flags, /features neither Manager nor assets', async () => {
    for (const path of twins(['/system_stats'])) {
      const { system } = parseRecord(JSON.parse((await as(world.bob.key, 'GET', path)).body))
      expect(parseRecord(system).argv).toEqual(['main.py'])
      expect(JSON.stringify(system)).not.toContain(world.practice.baseDirectory)
    }
    for (const path of twins(['/features'])) {
      const flags = parseRecord(JSON.parse((await as(world.bob.key, 'GET', path)).body))
      expect(flags).toMatchObject({ assets: false })
      expect(flags).not.toHaveProperty('extension')
    }
  })
})

describe('assets', () => {
  it.each([
    'GET /assets',
    'GET /assets/00000000-0000-4000-8000-000000000000',
    'GET /assets/00000000-0000-4000-8000-000000000000/content',
    'HEAD /assets/hash/blake3:00',
    'POST /assets',
    'POST /assets/from-hash',
    'POST /assets/seed',
    'POST /assets/prune',
    'DELETE /assets/00000000-0000-4000-8000-000000000000',
    'GET /tags',
  ])('%s is switched off for everybody', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    expect((await as('', method, `/api${path}`)).status).toBe(401)
    for (const { key } of [world.bob, world.olga]) expect((await as(key, method, `/api${path}`)).status).toBe(503)
    expect(forwarded()).toEqual([])
  })
})

describe('models', () => {
  it.each([
    '/models/custom_nodes',
    '/models/datasets',
    '/experiment/models/custom_nodes',
    '/experiment/models/preview/custom_nodes/0/x.png',
    '/experiment/models/preview/checkpoints/0/..%2F..%2Fx',
    '/experiment/models/preview/checkpoints/0/%2Fetc%2Fpasswd',
    '/experiment/models/preview/checkpoints/-1/x',
    '/experiment/models/preview/checkpoints/0/a%252e%252e%252fx',
    `/experiment/models/preview/loras/1/${'k'.repeat(20)}%2Fx.safetensors`,
    '/view_metadata/datasets?filename=x.safetensors',
    '/view_metadata/loras?filename=../x.safetensors',
    '/view_metadata/loras?filename=/x.safetensors',
    `/view_metadata/loras?filename=${'k'.repeat(20)}/x.safetensors`,
    `/view_metadata/loras?filename=a/../${'k'.repeat(20)}/x.safetensors`,
  ])('%s is not there', async (path) => {
    for (const twin of twins([path])) expect((await as(world.bob.key, 'GET', twin)).status).toBe(404)
    expect(forwarded()).toEqual([])
  })
})

describe('what a tenant made never runs as a page of ours', () => {
  it.each(['page.html', 'picture.svg', 'script.js', 'style.css', 'data.xml', 'page.xhtml'])('%s', async (name) => {
    const script = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    expect((await world.bob.uploads(name, script)).status).toBe(200)
    await world.bob.fetch(`/userdata/${name}`, { method: 'POST', body: script })
    for (const path of twins([`/view?type=input&filename=${name}`, `/userdata/${name}`])) {
      const { headers, status } = await as(world.bob.key, 'GET', path)
      expect(status).toBe(200)
      expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
      expect(headers['content-security-policy']).not.toContain('allow-scripts')
      expect(headers['x-content-type-options']).toBe('nosniff')
      if (path.includes('userdata')) expect(headers['content-disposition']).toBe('attachment')
    }
  })

  it('and a picture of its own is a picture', async () => {
    await world.bob.uploads('ok.png', onePixel)
    const { headers } = await as(world.bob.key, 'GET', '/view?type=input&filename=ok.png')
    expect([headers['content-type'], headers['cache-control']]).toEqual(['image/png', 'private, no-cache'])
  })
})
