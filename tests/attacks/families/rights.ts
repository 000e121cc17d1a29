/** Do rights end when they end, and is a guess worth anything? Deeper: tests/security/lifecycle.test.ts, tests/identity/. */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RoleName } from '@gatehouse/shared/roles'
import { expect } from 'vitest'
import { ask, codeOf, logsIn } from '../../security/ask.ts'
import { until } from '../../support/person.ts'
import { accounts, attack, type Family, type Scene, type Who } from '../attack.ts'
import { enrolAs } from '../stage.ts'
import { refused } from '../verdict.ts'

const password = 'walnut Ferry 6120'
let born = 0

/** Somebody new of the attacker's role, whose rights may end without harm to the others. */
async function newcomer({ world }: Scene, role: RoleName) {
  born += 1
  return enrolAs(world, `newcomer-${born}`, role, password)
}

const roleOf = (who: Who): RoleName => (who === 'guest' ? 'guest' : who === 'admin' ? 'admin' : 'user')

const endedRights = attack(
  'A12',
  'old cookie, old key and open socket after a log-out, a removal and a change of role',
  {
    by: accounts,
    attempt: async (scene) => {
      const { attacker, world, prefix } = scene
      const { name, key, member } = await newcomer(scene, roleOf(attacker.who === 'victim' ? 'guest' : attacker.who))
      const carried = async (headers: Readonly<Record<string, string>>) => {
        attacker.triesOtherwise()
        return (await ask(world, 'GET', `${prefix}/history`, { headers })).status
      }
      const cookie = await logsIn(world, name, password)
      const key1 = { authorization: `Bearer ${key}` }
      expect([await carried({ cookie }), await carried(key1)]).toEqual([200, 200])
      const origin = { origin: world.address, host: new URL(world.address).host }
      await ask(world, 'POST', '/gatehouse/api/v1/logout', { headers: { cookie, ...origin } })
      expect([await carried({ cookie }), await carried(key1)]).toEqual([401, 200])
      const again = await logsIn(world, name, password)
      await world.store.users.setState(member.id, 'disabled')
      for (const headers of [{ cookie: again }, key1])
        await until(async () => ((await carried(headers)) === 401 ? true : undefined))
    },
    control: ({ victim }) => victim.ask('GET', '/history'),
  },
)

const openSocket = attack('A12', 'an open socket after its person was disabled, and a running job of a lesser role', {
  by: ['other tenant'],
  attempt: async (scene) => {
    const { attacker, world, prefix } = scene
    const { key, member } = await newcomer(scene, 'user')
    const headers = { authorization: `Bearer ${key}` }
    using socket = await scene.victim.opens('?clientId=hers')
    using listening = await scene.attacker.opens('', headers)
    expect([socket.status, listening.status]).toEqual([101, 101])
    await world.store.users.setRole(member.id, 'guest')
    await until(async () => {
      attacker.triesOtherwise()
      const { status } = await ask(world, 'POST', `${prefix}/settings`, { headers, body: '{}' })
      return status === 403 ? true : undefined
    })
    await world.store.users.setState(member.id, 'disabled')
    expect(await listening.closed).toBe(4401)
  },
  control: async ({ victim }) => {
    using socket = await victim.opens()
    return socket
  },
})

const readable = [
  '/history',
  '/queue',
  '/jobs',
  '/userdata?dir=workflows',
  '/settings',
  '/object_info',
  '/view?filename=x',
]

const loggedOut = attack('A13', 'what somebody sees who logged out', {
  by: accounts,
  attempt: async (scene) => {
    const { attacker, world, prefix } = scene
    const { name } = await newcomer(scene, roleOf(attacker.who === 'victim' ? 'guest' : attacker.who))
    const cookie = await logsIn(world, name, password)
    const origin = { origin: world.address, host: new URL(world.address).host }
    expect((await ask(world, 'GET', `${prefix}/history`, { headers: { cookie } })).status).toBe(200)
    await ask(world, 'POST', '/gatehouse/api/v1/logout', { headers: { cookie, ...origin } })
    for (const path of readable) {
      attacker.triesOtherwise()
      const after = await ask(world, 'GET', `${prefix}${path}`, { headers: { cookie } })
      const stranger = await ask(world, 'GET', `${prefix}${path}`)
      expect([after.status, codeOf(after)]).toEqual([401, codeOf(stranger)])
    }
  },
  control: ({ victim }) => victim.ask('GET', '/history'),
})

const unknownRole = attack('A11', 'a role that the table of roles does not have', {
  by: accounts,
  attempt: async (scene) => {
    const { attacker, world, prefix } = scene
    const { key, member } = await newcomer(scene, roleOf(attacker.who === 'victim' ? 'guest' : attacker.who))
    const database = new DatabaseSync(join(world.dataDir, 'gatehouse.sqlite'))
    try {
      for (const role of ['superuser', '', 'Owner', '__proto__', 'constructor']) {
        database.prepare('UPDATE users SET role = ? WHERE id = ?').run(role, member.id)
        for (const path of ['/history', '/object_info', '/internal/logs', '/settings']) {
          attacker.triesOtherwise()
          const reply = await ask(world, 'GET', `${prefix}${path}`, { headers: { authorization: `Bearer ${key}` } })
          expect(reply.status, `${role} ${path}`).toBeGreaterThanOrEqual(400)
          expect(reply.body).not.toContain('sceptre')
        }
      }
    } finally {
      database.close()
    }
  },
  control: async (scene) => {
    const { key } = await newcomer(scene, 'guest')
    return ask(scene.world, 'GET', `${scene.prefix}/history`, { headers: { authorization: `Bearer ${key}` } })
  },
})

const guesses = attack('A16', 'a guess under another spelling, address or device', {
  by: ['anonymous'],
  attempt: async (scene) => {
    const { attacker, world } = scene
    const { name } = await newcomer(scene, 'user')
    const cookie = await logsIn(world, name, password)
    const statuses: number[] = []
    for (let count = 0; count < 9; count += 1) {
      const spelling = [name, name.toUpperCase(), ` ${name} `][count % 3] ?? name
      const headers = {
        'content-type': 'application/json',
        'x-forwarded-for': `198.51.100.${count}`,
        'x-real-ip': `198.51.100.${count}`,
        'x-device-id': `device-${count}`,
        'user-agent': `agent-${count}`,
      }
      attacker.triesOtherwise()
      const body = JSON.stringify({ username: spelling, password: `guess number ${count}` })
      statuses.push((await ask(world, 'POST', '/gatehouse/api/v1/login', { headers, body })).status)
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
    expect(statuses.slice(6)).toEqual([429, 429, 429])
    // Who is logged in stays so: nobody can be locked out of an open session.
    expect((await ask(world, 'GET', `${scene.prefix}/history`, { headers: { cookie } })).status).toBe(200)
  },
  control: async (scene) => {
    const { name } = await newcomer(scene, 'user')
    const cookie = await logsIn(scene.world, name, password)
    return ask(scene.world, 'GET', `${scene.prefix}/history`, { headers: { cookie } })
  },
})

const longNames = attack('A57', 'a very long name, key or value before anybody is known', {
  attempt: async ({ attacker, prefix }) => {
    const long = 'a'.repeat(2_000_000)
    const headers = { 'content-type': 'application/json' }
    for (const path of ['/gatehouse/api/v1/login', '/gatehouse/api/v1/setup']) {
      for (const body of [{ username: long, password: 'x' }, { apiKey: long }, { token: long }]) {
        const reply = await attacker.ask('POST', path, { headers, body: JSON.stringify(body) })
        // Before it is looked at: not as a wrong name. The own API has no other side.
        if (prefix === '') expect(reply.status).toBe(413)
        else refused(reply)
      }
      const fits = JSON.stringify({ username: 'a'.repeat(10_000), password: 'x', token: 'x' })
      refused(await attacker.ask('POST', path, { headers, body: fits }))
    }
  },
  control: async (scene) => {
    const { name } = await newcomer(scene, 'user')
    const cookie = await logsIn(scene.world, name, password)
    return ask(scene.world, 'GET', `${scene.prefix}/history`, { headers: { cookie } })
  },
})

export const rights: Family = {
  name: 'rights that end',
  attacks: [unknownRole, endedRights, openSocket, loggedOut, guesses, longNames],
}
