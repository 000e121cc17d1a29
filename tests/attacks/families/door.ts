/** Does any form of a path pass the door? Deeper: tests/security/targets.test.ts. */
import { expect } from 'vitest'
import { resources } from '../../../sidecar/src/routes/index.generated.ts'
import { attack, type Family } from '../attack.ts'
import { refused } from '../verdict.ts'

const endings = ['.js', '.css', '.css.map', '.ico', '.png', '.json', '.mp4', '.html', '.svg']

const suffixes = attack('A01', 'a path that ends like a static file', {
  attempt: async ({ attacker, treasure }) => {
    for (const ending of endings) {
      for (const method of ['GET', 'DELETE', 'HEAD']) {
        refused(await attacker.ask(method, `/userdata/workflows%2Fjewel.json${ending}`))
        // What is no id of anybody's has an empty history.
        const history = await attacker.ask(method, `/history/${treasure.jobId}${ending}`)
        if (history.status === 200) expect(['', '{}']).toContain(history.body)
        else refused(history)
      }
    }
    refused(await attacker.ask('GET', '/userdata/workflows%2Fjewel.json'))
    refused(await attacker.ask('DELETE', '/userdata/workflows%2Fjewel.json'))
  },
  control: ({ victim }) => victim.ask('GET', '/userdata/workflows%2Fjewel.json'),
})

const publicPaths = ['login', 'static', 'ws', 'assets', 'fonts', 'health', 'ready', 'setup', 'gatehouse', 'favicon.ico']

const prefixesWithoutSlash = attack('A02', 'a public prefix without its slash', {
  attempt: async ({ attacker, forwarded }) => {
    for (const path of publicPaths) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        refused(await attacker.ask(method, `/${path}x`), path)
        refused(await attacker.ask(method, `/${path}x/../history`), path)
      }
    }
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim }) => [await victim.ask('GET', '/health'), await victim.ask('GET', '/history')],
})

/** Every route that is served on both sides, with a name of nothing for each parameter. */
const everyRoute = resources.flatMap(({ table }) =>
  Object.entries(table)
    .filter(([key, { needs, at }]) => needs !== 'anybody' && at === 'both' && key !== 'GET /')
    .map(([key]) => key.replaceAll(/:[a-zA-Z]+/g, 'none').replace('*', 'none')),
)

const bothSides = attack('A03', 'every route with the prefix dropped or added', {
  by: ['anonymous'],
  attempt: async ({ attacker, forwarded }) => {
    expect(everyRoute.length).toBeGreaterThan(50)
    for (const route of everyRoute) {
      const [method = '', path = ''] = route.split(' ')
      expect((await attacker.ask(method, path)).status, route).toBe(401)
      refused(await attacker.ask(method, `/api${path}`), route)
    }
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim }) => [
    await victim.ask('GET', '/history'),
    await victim.ask('GET', '/object_info/LoadImage'),
    await victim.ask('GET', '/view?type=input&filename=jewel.png'),
  ],
})

/** Of what a guest may not do; the other sides of the door are the attacks on single routes. */
const guestChanges = attack('A03', 'a change without the permission for it, with the prefix dropped or added', {
  by: ['guest'],
  attempt: async ({ attacker, forwarded }) => {
    const changes = ['/prompt', '/upload/image', '/upload/mask', '/queue', '/history', '/interrupt', '/jobs/cancel']
    for (const path of [...changes, '/settings', '/settings/a', '/userdata/a.json', '/userdata/a/move/b']) {
      expect((await attacker.post(path, {})).status, path).toBe(403)
    }
    expect((await attacker.ask('DELETE', '/userdata/a.json')).status).toBe(403)
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim }) => [
    await victim.post('/settings', { a: 1 }),
    await victim.post('/queue', { clear: true }),
    await victim.ask('POST', '/userdata/own.json', { body: '{}' }),
  ],
})

const oddTargets: readonly ((id: string) => string)[] = [
  (id) => `http://evil.test/history/${id}`,
  (id) => `http://gatehouse.test/api/history/${id}`,
  (id) => `/history/${id}#x`,
  (id) => `/\\history/${id}`,
  (id) => `//history/${id}`,
  (id) => `/./history/${id}`,
  (id) => `/x/../history/${id}`,
  (id) => `/x/%2e%2e/history/${id}`,
  (id) => `/x/%252e%252e/history/${id}`,
  (id) => `/assets/../history/${id}`,
  (id) => `/assets/..%2fhistory/${id}`,
  (id) => `/health/..%2fhistory/${id}`,
  (id) => `/login/../history/${id}`,
  (id) => `/HISTORY/${id}`,
  (id) => `/history;a/${id}`,
  (id) => `/history%00/${id}`,
  (id) => `/history/${id}/`,
]

const oddPaths = attack('A04', 'encoded, absolute, dotted and otherwise odd targets', {
  attempt: async ({ attacker, prefix, treasure, forwarded }) => {
    for (const odd of oddTargets) {
      const target = odd(treasure.jobId)
      refused(await attacker.raw(`GET ${target.startsWith('http') ? target : `${prefix}${target}`}`), target)
    }
    const encoded = await attacker.raw(`GET ${prefix}/%68istory/${treasure.jobId}`)
    if (attacker.who === 'anonymous') refused(encoded)
    else expect([encoded.status, encoded.body]).toEqual([200, '{}'])
    expect(forwarded()).toEqual([])
  },
  control: async ({ victim, prefix, treasure }) => {
    const answer = await victim.raw(`GET ${prefix}/%68istory/${treasure.jobId}`)
    expect(answer.body).toContain('jewel-output')
    return answer
  },
})

const switches = ['bypass=true', 'debug=1', 'admin=1', 'user=alice', 'token=', 'api_key=', 'guest=0', 'internal=1']

const magicParameters = attack('A17', 'a parameter that elsewhere switches a check off', {
  attempt: async ({ attacker, forwarded }) => {
    for (const each of switches) {
      refused(await attacker.ask('GET', `/view?type=input&filename=jewel.png&${each}`), each)
      refused(await attacker.ask('GET', `/userdata/workflows%2Fjewel.json?${each}`), each)
    }
    expect(forwarded().filter((line) => !line.includes(attacker.folderKey))).toEqual([])
  },
  control: ({ victim }) => victim.ask('GET', '/view?type=input&filename=jewel.png&bypass=true'),
})

export const door: Family = {
  name: 'the door',
  attacks: [suffixes, prefixesWithoutSlash, bothSides, guestChanges, oddPaths, magicParameters],
}
