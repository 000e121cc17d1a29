/** What goes over the wire behind the door, and what when something behind it dies? Deeper: tests/security/, tests/pack/, tests/faults/. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { logsIn } from '../../security/ask.ts'
import { savedPicture } from '../../support/graphs.ts'
import { alicePassword } from '../../support/world.ts'
import { accounts, attack, type Family } from '../attack.ts'
import { refused } from '../verdict.ts'

const guardSecret = 'the guard secret of the attack suite 0123456789'

const around = attack('A51', 'a call of ComfyUI itself, around the door', {
  attempt: async ({ attacker, world, prefix, treasure }) => {
    for (const path of [
      '/history',
      `/history/${treasure.jobId}`,
      '/queue',
      '/view?filename=jewel.png',
      '/internal/logs',
    ]) {
      for (const guard of ['', 'x', attacker.key, guardSecret.slice(0, -1), `${guardSecret}x`]) {
        attacker.triesOtherwise()
        const headers = { ...attacker.credential, 'x-gatehouse-guard': guard }
        const answer = await fetch(`${world.practice.url}${prefix}${path}`, { headers })
        expect(answer.status, path).toBe(401)
      }
    }
    // The secret of the guard is no credential at the door.
    refused(
      await attacker.ask('GET', '/userdata/workflows%2Fjewel.json', { headers: { 'x-gatehouse-guard': guardSecret } }),
    )
  },
  control: ({ victim, treasure }) => victim.ask('GET', `/history/${treasure.jobId}`),
})

const forwardedSecrets = attack('A45', 'a credential that goes on to ComfyUI', {
  by: accounts,
  attempt: async ({ attacker, world, forwarded }) => {
    const from = world.practice.requests.length
    const cookie = 'session=of-the-attacker'
    for (const path of ['/view?type=input&filename=x.png', '/system_stats', '/features', '/extensions/core/x.js']) {
      await attacker.ask('GET', path, {
        headers: { cookie, 'x-api-key': attacker.key, referer: `http://x/?${attacker.key}` },
      })
    }
    await attacker.ask('GET', `/system_stats?token=${attacker.key}`)
    await attacker.post('/prompt', { prompt: savedPicture('sent') })
    expect(forwarded().length).toBeGreaterThan(0)
    for (const { url, headers, body } of world.practice.requests.slice(from)) {
      const text = `${url} ${JSON.stringify(headers)} ${body.toString('latin1')}`
      for (const secret of [attacker.key, 'of-the-attacker']) expect(text.includes(secret), url).toBe(false)
      expect(headers.authorization).toBeUndefined()
      expect(headers.cookie).toBeUndefined()
    }
  },
  control: ({ victim }) => victim.ask('GET', '/system_stats'),
})

/** The log of a sidecar that says everything: tests/security/log.test.ts. Here: what is kept, for whoever copies it. */
const keptSecrets = attack('A44', 'a secret in the data directory, as sent', {
  by: ['anonymous'],
  attempt: async ({ attacker, victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    attacker.triesOtherwise()
    const secret = victim.key.slice(victim.key.lastIndexOf('_') + 1)
    const session = decodeURIComponent(cookie.split('=')[1] ?? '').slice(2, 45)
    const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name))
      for (const text of [secret, session, alicePassword, guardSecret]) expect(bytes.includes(text), name).toBe(false)
    }
  },
  control: async ({ victim, world }) => {
    const cookie = await logsIn(world, 'alice', alicePassword)
    return victim.ask('GET', '/history', { headers: { cookie } })
  },
})

const darkness = attack('A52', 'the door while ComfyUI is down, and after it came back', {
  attempt: async ({ attacker, world, treasure }) => {
    await world.practice.stop()
    const paths = ['/userdata/workflows%2Fjewel.json', `/jobs/${treasure.jobId}`, '/view?type=input&filename=jewel.png']
    for (const path of [...paths, '/history', '/object_info', '/internal/logs/raw', '/manager/version']) {
      const { status } = await attacker.ask('GET', path)
      if (paths.includes(path)) expect(status, path).toBeGreaterThanOrEqual(400)
    }
    await world.practice.resume()
  },
  control: ({ victim }) => victim.ask('GET', '/userdata/workflows%2Fjewel.json'),
})

export const wire: Family = {
  name: 'behind the door',
  world: { guardSecret },
  attacks: [around, forwardedSecrets, keptSecrets, darkness],
}
