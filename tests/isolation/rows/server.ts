/** What proves the rows about the machine: what it tells of itself, and what operators alone may do to it? */
import { expect } from 'vitest'
import { parseRecord } from '../../support/person.ts'
import { findsNothingOf } from '../../support/verdicts.ts'
import {
  agreed,
  bothSides,
  everyone,
  freers,
  operators,
  owners,
  type Proof,
  type Proofs,
  said,
  withoutWall,
} from './proof.ts'
import { type Stage, secret } from './stage.ts'

const hostPath = '/srv/host-path'
const describing = { may: everyone, refusal: 'forbidden' } as const satisfies Partial<Proof>

async function hidesThePath(stage: Stage, path: string): Promise<void> {
  expect(await withoutWall(stage, path)).toContain(hostPath)
  for (const person of [stage.world.alice, ...Object.values(stage.people)]) {
    await agreed(person, `GET ${path}`)
    await findsNothingOf(person, [hostPath, stage.world.practice.baseDirectory, stage.world.alice.folderKey], [path])
  }
}

/** Nobody without the permission makes ComfyUI hear anything; that they are told the same is the refusal's proof. */
function reachesNobody(route: string, may: readonly string[], body?: string) {
  return async (stage: Stage): Promise<void> => {
    const heard = await stage.heardWhile(async () => {
      for (const [role, person] of Object.entries(stage.people))
        if (!may.includes(role)) await said(person, route, body)
      await said(stage.world.alice, route, body)
      await said(stage.world.mallory, route, body)
    })
    expect(heard).toEqual([])
  }
}

const memory: Proof = {
  may: freers,
  refusal: { status: 200, body: '' },
  sample: { path: '/free', body: '{}' },
  own: async (stage) => {
    for (const role of freers) {
      const order = () => said(stage.people[role], 'POST /api/free', '{"unload_models":true}')
      expect(await stage.heardWhile(order)).toEqual(['POST /free'])
    }
  },
  others: async (stage) => {
    for (const path of ['/free', '/api/free'])
      await reachesNobody(`POST ${path}`, freers, '{"unload_models":true,"free_memory":true}')(stage)
  },
}

function logs(path: string): Proof {
  return {
    may: operators,
    refusal: 'absent',
    sample: { path },
    own: async (stage) => {
      const told = await withoutWall(stage, path)
      expect(told).toContain('Starting server')
      for (const role of operators) {
        const { status, text } = await said(stage.people[role], `GET ${path}`)
        expect([status, text]).toEqual([200, expect.stringContaining('Starting server')])
      }
    },
    others: reachesNobody(`GET ${path}`, operators),
  }
}

const server: Proofs = {
  'GET /system_stats': {
    ...describing,
    sample: { path: '/system_stats' },
    own: async (stage) => {
      const [real] = [parseRecord(JSON.parse(await withoutWall(stage, '/system_stats')))]
      for (const [role, person] of Object.entries(stage.people)) {
        const { system } = parseRecord(await (await person.fetch('/api/system_stats')).json())
        const { comfyui_version } = parseRecord(real.system)
        // The flag is what the UI shows the Manager by.
        const argv = ['main.py', ...(role === 'owner' ? ['--enable-manager'] : [])]
        expect(system).toMatchObject({ comfyui_version, argv })
      }
    },
    others: async (stage) => {
      expect(await withoutWall(stage, '/system_stats')).toContain(hostPath)
      for (const person of [stage.world.alice, ...Object.values(stage.people)])
        await findsNothingOf(person, [hostPath, '--base-directory'], ['/system_stats'])
    },
  },
  'GET /features': {
    ...describing,
    sample: { path: '/features' },
    own: async ({ people }) => {
      for (const person of Object.values(people))
        expect(await agreed(person, 'GET /features')).toMatchObject({ supports_preview_metadata: true, assets: false })
      expect(await agreed(people.owner, 'GET /features')).toMatchObject({
        extension: { manager: { supports_v4: true } },
      })
    },
    others: async (stage) => {
      await hidesThePath(stage, '/features')
      expect(JSON.parse(await withoutWall(stage, '/features'))).toMatchObject({ assets: true, extension: {} })
      for (const role of ['admin', 'power', 'user', 'guest'] as const)
        expect(await agreed(stage.people[role], 'GET /features')).not.toHaveProperty('extension')
    },
  },
  'POST /free': memory,
  'GET /internal/logs': logs('/internal/logs'),
  'GET /internal/logs/raw': logs('/internal/logs/raw'),
  'PATCH /internal/logs/subscribe': {
    may: [],
    refusal: { status: 200, body: '' },
    sample: { path: '/internal/logs/subscribe', body: '{"clientId":"rows","enabled":true}' },
    own: async ({ comfyui }) => {
      // Whoever names an id is subscribed, and those who hold it hear everybody's lines.
      const body = '{"clientId":"rows","enabled":true}'
      expect((await fetch(`${comfyui}/internal/logs/subscribe`, { method: 'PATCH', body })).status).toBe(200)
    },
    others: reachesNobody('PATCH /internal/logs/subscribe', [], '{"clientId":"rows","enabled":true}'),
  },
  'GET /internal/folder_paths': {
    may: operators,
    refusal: { status: 200, body: '{}' },
    sample: { path: '/internal/folder_paths' },
    own: async (stage) => {
      const { text } = await said(stage.people.admin, 'GET /internal/folder_paths')
      expect(text).toBe(await withoutWall(stage, '/internal/folder_paths'))
      expect(text).toContain(stage.world.practice.baseDirectory)
    },
    others: reachesNobody('GET /internal/folder_paths', operators),
  },
}

const off = {
  status: 503,
  body:
    '{"error":{"code":"SERVICE_DISABLED","message":"Assets system is disabled. ' +
    'Start the server with --enable-assets to use this feature.","details":{}}}',
} as const

/** A hash, an id, a tag: nothing is told of any, not even to owners. */
const assetRows = [
  ['GET /assets', '/assets'],
  ['POST /assets', '/assets'],
  ['GET /assets/*', '/assets/hash/blake3:00'],
  ['POST /assets/*', '/assets/from-hash'],
  ['PUT /assets/*', '/assets/00000000-0000-4000-8000-000000000000'],
  ['DELETE /assets/*', '/assets/00000000-0000-4000-8000-000000000000'],
  ['GET /tags', '/tags'],
] as const

function asset(key: string, path: string): Proof {
  const method = key.split(' ')[0] ?? ''
  return {
    may: [],
    refusal: off,
    sample: { path },
    own: async (stage) => {
      const answer = await fetch(`${stage.comfyui}/api${path}`, { method })
      expect(await answer.text()).toContain(secret)
    },
    others: reachesNobody(`${method} /api${path}`, []),
  }
}

/** Version 3, the node pack, and version 4, the package: what the row is about, and a route of it. */
const managerFamilies = [
  ['/customnode', '/customnode/install/git_url'],
  ['/manager', '/manager/queue/start'],
  ['/snapshot', '/snapshot/restore'],
  ['/externalmodel', '/externalmodel/install'],
  ['/comfyui_manager', '/comfyui_manager/comfyui_switch_version'],
  ['/v2/customnode', '/v2/customnode/fetch_updates'],
  ['/v2/manager', '/v2/manager/queue/task'],
  ['/v2/snapshot', '/v2/snapshot/restore'],
  ['/v2/externalmodel', '/v2/externalmodel/install'],
  ['/v2/comfyui_manager', '/v2/comfyui_manager/comfyui_switch_version'],
] as const

/** What only tells, and what restarts: rows of their own. */
const managersOwn = `
  GET /customnode/getlist
  GET /customnode/getmappings
  GET /customnode/installed
  GET /customnode/alternatives
  GET /customnode/versions/:node
  GET /customnode/disabled_versions/:node
  GET /externalmodel/getlist
  GET /manager/version
  GET /manager/notice
  GET /manager/queue/status
  GET /manager/is_legacy_manager_ui
  GET /snapshot/getlist
  GET /snapshot/get_current
  GET /comfyui_manager/comfyui_versions
  GET /v2/customnode/getlist
  GET /v2/customnode/getmappings
  GET /v2/customnode/installed
  GET /v2/customnode/alternatives
  GET /v2/customnode/versions/:node
  GET /v2/customnode/disabled_versions/:node
  GET /v2/externalmodel/getlist
  GET /v2/manager/version
  GET /v2/manager/notice
  GET /v2/manager/queue/status
  GET /v2/manager/is_legacy_manager_ui
  GET /v2/snapshot/getlist
  GET /v2/snapshot/get_current
  GET /v2/comfyui_manager/comfyui_versions
  GET /manager/reboot
  GET /v2/manager/reboot
  POST /manager/reboot
  POST /v2/manager/reboot
`
  .trim()
  .split('\n')
  .map((line) => line.trim())

function managed(method: string, path: string): Proof {
  const body = method === 'GET' ? undefined : '{"rows":1}'
  return {
    may: owners,
    refusal: 'absent',
    sample: { path, ...(body === undefined ? {} : { body }) },
    own: async ({ people, heardWhile }) => {
      const heard = await heardWhile(async () => {
        const told = { status: 200, text: JSON.stringify({ managed: path }) }
        expect(await bothSides(people.owner, `${method} ${path}`, body)).toEqual(told)
      })
      expect(heard.length).toBe(2)
    },
    others: async (stage) => {
      for (const prefix of ['', '/api']) await reachesNobody(`${method} ${prefix}${path}`, owners, body)(stage)
    },
  }
}

export const serverProofs: Proofs = {
  ...server,
  ...Object.fromEntries(
    assetRows.map(([key, path]) => [key === 'GET /assets/*' ? 'api GET /assets/*' : key, asset(key, path)]),
  ),
  ...Object.fromEntries(
    managerFamilies.flatMap(([family, path]) =>
      ['GET', 'POST', 'DELETE'].map((method) => [`${method} ${family}/*`, managed(method, path)]),
    ),
  ),
  ...Object.fromEntries(
    managersOwn.map((key) => {
      const [method = '', path = ''] = key.split(' ')
      return [key, managed(method, path.replace(':node', 'some-node'))]
    }),
  ),
}
