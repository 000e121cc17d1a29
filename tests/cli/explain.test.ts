/** Does `gatehouse explain` say which rule decides: the account, an address, the role, a key, a second factor, or one that only reports? */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatehouseHere } from './gatehouse-here.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-explain-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (args: readonly string[]) => gatehouseHere([...args, '--data', join(directory, 'data')])

async function succeeds(args: readonly string[]): Promise<string> {
  const ran = await run(args)
  expect(ran, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}

const json = async (args: readonly string[]) => JSON.parse(await succeeds([...args, '--json']))
const addOlga = () => succeeds(['user', 'add', 'olga', '--role', 'owner', '--service'])

describe('gatehouse explain', { timeout: 60_000 }, () => {
  it('explains which rule decides: the account, an address, the role, a key or what is published', async () => {
    await addOlga()
    const config = join(directory, 'gatehouse.yaml')
    writeFileSync(
      config,
      `network: { deny: [198.51.100.0/24] }
roles:
  artist: { like: user, may_not: [graph:edit], addresses: { allow: [10.0.0.0/8] } }
`,
    )
    const told = (...args: readonly string[]) => succeeds(['explain', ...args, '--config', config])
    await succeeds(['user', 'add', 'ada', '--role', 'user', '--service'])
    await succeeds(['user', 'role', 'ada', 'artist', '--config', config])
    const limits = ['--scope', 'output:read', '--address', '10.1.0.0/16', '--workflow', 'portrait']
    const made = await json(['token', 'create', '--user', 'ada', ...limits, '--config', config])
    const key = ['--with-key', made.id]

    const queueing = await told('POST', '/prompt', '--as', 'ada')
    expect(queueing).toContain('permission: prompt:run: the role artist has it\n')
    expect(queueing).toContain('graphs: published workflows only, for want of graph:edit: none is published\n')
    expect(queueing).toContain('verdict: allowed\n')
    expect(await told('POST', '/prompt', '--as', 'olga')).toContain('graphs: any')

    const limited = await told('POST', '/prompt', '--as', 'ada', ...key)
    expect(limited).toContain(`key: ${made.id}, scopes output:read, addresses 10.1.0.0/16, workflow "portrait"\n`)
    expect(limited).toContain('the role artist has it, the credential is limited and lacks it\n')
    expect(limited).toContain('verdict: refused, the credential is limited and lacks the permission')
    expect(await told('GET', '/history', '--as', 'ada', ...key)).toContain('verdict: allowed')

    const verdict = async (from: string, more: readonly string[] = []) =>
      (await told('GET', '/history', '--as', 'ada', '--from', from, ...more)).split('verdict: ').at(-1)
    expect(await verdict('10.2.3.4')).toBe('allowed\n')
    expect(await verdict('10.2.3.4', key)).toBe('refused, the key may not come from 10.2.3.4\n')
    expect(await verdict('10.1.3.4', key)).toBe('allowed\n')
    expect(await verdict('192.0.2.1')).toBe('refused, the address is refused to the role\n')
    expect(await verdict('198.51.100.7')).toBe('refused, the address is refused\n')

    await succeeds(['user', 'disable', 'ada'])
    expect(await verdict('10.2.3.4')).toBe('refused, the account is disabled\n')
    const foreign = await run(['explain', 'GET', '/queue', '--as', 'olga', ...key])
    expect(foreign).toMatchObject({ code: 2, stderr: expect.stringContaining('olga has no key') })
  })

  it('explains which role needs a second factor, and which rule only reports', async () => {
    await addOlga()
    const config = join(directory, 'gatehouse.yaml')
    writeFileSync(
      config,
      `network: { deny: [198.51.100.0/24] }
roles:
  owner: { second_factor: required }
  user: { addresses: { deny: [192.0.2.0/24] }, nodes: { deny: [PreviewImage] } }
routes:
  - { route: GET /pack/state, isolation: owners, says: for owners of this test }
policy: { report_only: [network, owner-routes, 'role-nodes:user', 'role-models:owner'] }
`,
    )
    await succeeds(['user', 'add', 'ulla', '--role', 'user', '--service'])
    const told = (...args: readonly string[]) => succeeds(['explain', ...args, '--config', config])
    const olga = await told('GET', '/queue', '--as', 'olga')
    expect(olga).toContain('second factor: required of owner, and olga has none; a log-in at a provider')
    expect(olga).toContain('verdict: refused, the role needs a second factor, and the account has none\n')
    const { id } = await json(['token', 'create', '--user', 'olga', '--config', config])
    const withKey = await told('GET', '/queue', '--as', 'olga', '--with-key', id)
    expect(withKey).toContain('second factor: required of owner, and not asked of keys\n')
    expect(withKey).toContain('verdict: allowed\n')

    const from = async (address: string) => (await told('GET', '/queue', '--as', 'ulla', '--from', address)).split('\n')
    expect(await from('198.51.100.7')).toEqual(
      expect.arrayContaining([
        'address: 198.51.100.7 is let in: network would refuse it, and only reports',
        'verdict: allowed',
      ]),
    )
    expect(await from('192.0.2.1')).toContain('verdict: refused, the address is refused to the role')
    const row = await told('GET', '/pack/state', '--as', 'ulla')
    expect(row).toContain('report-only: owner-routes lets it pass, and writes down who came\nverdict: allowed\n')
    expect(await told('GET', '/pack/state')).toContain('verdict: refused, the caller is not signed in')
    expect(await told('POST', '/prompt', '--as', 'ulla')).toContain(
      'report-only: role-nodes: refuses no prompt, and writes it down\n',
    )
  })
})
