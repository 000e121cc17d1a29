/** Does anybody but an operator run, stop, empty or read the server? Deeper: tests/security/operators.test.ts. */
import { expect } from 'vitest'
import { ask, logsIn } from '../../security/ask.ts'
import { attack, type Family, type Scene } from '../attack.ts'
import { enrolAs } from '../stage.ts'
import { refused } from '../verdict.ts'

const own = '/gatehouse/api/v1'
const password = 'copper Kettle 2290'
let born = 0

const administration: readonly (readonly [string, string, unknown?])[] = [
  ['GET', `${own}/users`],
  ['POST', `${own}/users`, { username: 'made-by-attack', role: 'owner', password }],
  ['PATCH', `${own}/users/alice`, { password }],
  ['PATCH', `${own}/users/alice`, { state: 'disabled' }],
  ['PATCH', `${own}/users/alice`, { role: 'guest' }],
  ['DELETE', `${own}/users/alice`],
  ['GET', `${own}/admin/usage`],
  ['GET', `${own}/keys?user=alice`],
  ['POST', `${own}/keys?user=alice`, { label: 'x' }],
  ['GET', `${own}/sessions?user=alice`],
  ['DELETE', `${own}/sessions?user=alice`],
]

/** Of an administrator by what a browser has: a session opened with a password. */
async function session({ world }: Scene, role: 'owner' | 'admin') {
  born += 1
  const { name } = await enrolAs(world, `operator-${born}`, role, password)
  const cookie = await logsIn(world, name, password)
  return { cookie, host: new URL(world.address).host, origin: world.address, 'content-type': 'application/json' }
}

const adminApi = attack('A18', 'every call of administration with a key, whoever holds it', {
  by: ['anonymous', 'guest', 'other tenant', 'admin', 'owner'],
  attempt: async ({ attacker, world }) => {
    for (const [method, path, body] of administration) {
      const headers = { 'content-type': 'application/json' }
      const sent = { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      refused(await attacker.ask(method, path, sent), `${method} ${path}`)
    }
    expect(await world.store.users.findByName('made-by-attack')).toBeUndefined()
  },
  control: async (scene) => {
    const headers = await session(scene, 'owner')
    return [
      await ask(scene.world, 'GET', `${own}/users`, { headers }),
      await ask(scene.world, 'GET', `${own}/keys?user=alice`, { headers }),
      await scene.victim.ask('GET', '/history'),
    ]
  },
})

const aboveOneself = attack('A18', 'an administrator who gives or takes a role above their own', {
  by: ['admin'],
  attempt: async (scene) => {
    const headers = await session(scene, 'admin')
    for (const [method, path, body] of [
      ['POST', `${own}/users`, { username: 'made-by-attack', role: 'owner', password }],
      ['PATCH', `${own}/users/olga`, { password }],
      ['PATCH', `${own}/users/olga`, { role: 'guest' }],
      ['PATCH', `${own}/users/alice`, { role: 'owner' }],
      ['DELETE', `${own}/users/olga`, undefined],
    ] as const) {
      scene.attacker.triesOtherwise()
      refused(await ask(scene.world, method, path, { headers, body: JSON.stringify(body ?? {}) }), `${method} ${path}`)
    }
  },
  control: async (scene) => [
    await ask(scene.world, 'GET', `${own}/users`, { headers: await session(scene, 'admin') }),
    await scene.owner.ask('GET', '/history'),
  ],
})

const managerRoutes = ['', '/v2'].flatMap((version) => [
  ...['GET', 'POST'].flatMap((method) => [
    `${method} ${version}/manager/reboot`,
    `${method} ${version}/manager/queue/start`,
    `${method} ${version}/manager/queue/install`,
    `${method} ${version}/manager/share`,
    `${method} ${version}/manager/get_openart_auth`,
    `${method} ${version}/customnode/install/git_url`,
    `${method} ${version}/customnode/install/pip`,
    `${method} ${version}/snapshot/restore`,
    `${method} ${version}/externalmodel/getlist`,
    `${method} ${version}/comfyui_manager/comfyui_switch_version`,
  ]),
])

const manager = attack('A19', 'every route of the Manager, in all its generations', {
  attempt: async ({ attacker, forwarded }) => {
    for (const route of managerRoutes) {
      const [method = '', path = ''] = route.split(' ')
      refused(await attacker.ask(method, path, { body: '{}' }), route)
    }
    expect(forwarded()).toEqual([])
  },
  control: async ({ owner, forwarded, victim }) => {
    // The practice ComfyUI has no Manager: the question of an owner gets there all the same.
    await owner.ask('GET', '/manager/version')
    expect(forwarded().some((line) => /^GET (?:\/api)?\/manager\/version/.test(line))).toBe(true)
    return victim.ask('GET', '/history')
  },
})

const logs = attack('A35', 'the log lines of everybody, and a subscription to them', {
  by: ['anonymous', 'guest', 'other tenant'],
  attempt: async ({ attacker, forwarded }) => {
    for (const path of ['/internal/logs', '/internal/logs/raw', '/logs', '/terminal']) {
      refused(await attacker.ask('GET', path), path)
    }
    await attacker.ask('PATCH', '/internal/logs/subscribe', { body: '{"clientId":"tab-of-alice","enabled":true}' })
    expect(forwarded()).toEqual([])
  },
  control: async ({ world, owner }) =>
    ask(world, 'GET', '/internal/logs/raw', { headers: { authorization: `Bearer ${owner.key}` } }),
})

const subscription = attack('A35', 'a subscription of a client id to the log, by who may read it', {
  by: ['admin', 'owner'],
  attempt: async ({ attacker, forwarded }) => {
    await attacker.ask('PATCH', '/internal/logs/subscribe', { body: '{"clientId":"tab-of-alice","enabled":true}' })
    expect(forwarded()).toEqual([])
  },
  control: ({ world, attacker }) => ask(world, 'GET', '/internal/logs', { headers: attacker.credential }),
})

const nobody = '00000000-0000-4000-8000-000000000000'

const assets = attack('A36', 'assets by hash, id, tag, and orders to collect and prune them', {
  by: ['anonymous', 'guest', 'other tenant', 'admin', 'owner'],
  attempt: async ({ attacker, forwarded }) => {
    for (const route of [
      'GET /assets',
      `GET /assets/${nobody}`,
      `GET /assets/${nobody}/content`,
      'HEAD /assets/hash/blake3:00',
      'POST /assets/from-hash',
      'POST /assets/seed',
      'POST /assets/prune',
      `PUT /assets/${nobody}`,
      `DELETE /assets/${nobody}`,
      'GET /tags',
    ]) {
      const [method = '', path = ''] = route.split(' ')
      const { status, body } = await attacker.ask(method, path)
      expect([401, 403, 404, 503], `${route} ${body.slice(0, 200)}`).toContain(status)
    }
    expect(forwarded().filter((line) => !/^GET \/assets\//.test(line))).toEqual([])
  },
  control: ({ victim }) => victim.ask('GET', '/view?type=input&filename=jewel.png'),
})

const lists = ['/object_info', '/object_info/LoadImage', '/object_info/LoadImageOutput', '/models', '/embeddings']

const listings = attack('A25', 'names of others in lists of nodes, models and files', {
  attempt: async ({ attacker, prefix }) => {
    for (const path of [...lists, '/experiment/models', '/models/checkpoints']) await attacker.ask('GET', path)
    for (const root of ['input', 'output', 'temp']) {
      const { status } = await attacker.ask('GET', `/internal/files/${root}`)
      expect(status).toBe(attacker.who === 'anonymous' ? 401 : prefix === '/api' ? 404 : 200)
    }
    await attacker.ask('GET', '/internal/folder_paths')
    await attacker.ask('GET', '/gatehouse/api/v1/usage')
  },
  control: async ({ victim, world }) => {
    const info = await victim.ask('GET', '/object_info/LoadImage')
    expect(info.body).toContain('jewel.png')
    const list = await ask(world, 'GET', '/internal/files/output', { headers: victim.credential })
    expect(list.body).toContain('jewel-output')
    return [info, list]
  },
})

export const operators: Family = {
  name: 'the server',
  attacks: [adminApi, aboveOneself, manager, listings, logs, subscription, assets],
}
