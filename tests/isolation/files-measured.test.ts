/** Does an administrator learn what tenants keep while a part of the disks cannot be asked? */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { closedPort } from '../cli/gatehouse.ts'
import { onePixel } from '../support/graphs.ts'
import { parseRecord } from '../support/person.ts'
import { alicePassword, createWorld, type World } from '../support/world.ts'

async function usageByTenant(world: World): Promise<ReadonlyMap<unknown, Record<string, unknown>>> {
  const token = Buffer.from(`alice:${alicePassword}`).toString('base64')
  const answer = await fetch(`${world.address}/gatehouse/api/v1/admin/usage`, {
    headers: { authorization: `Basic ${token}` },
  })
  expect(answer.status).toBe(200)
  const text = await answer.text()
  expect(text).not.toContain(world.practice.baseDirectory)
  const told: unknown = JSON.parse(text)
  return new Map((Array.isArray(told) ? told.map(parseRecord) : []).map((usage) => [usage.tenant, usage]))
}

it('of a tenant divided over workers, of one without a reachable disk, and of half a disk it says so; of others it tells', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`
  let placement: Config['placement'] = []
  await using world = await createWorld({
    config: (config, { baseDirectory }) => ({
      ...config,
      files: { input_dir: join(baseDirectory, 'input'), output_dir: join(baseDirectory, 'output') },
      workers: [{ name: 'second', url }],
      placement,
    }),
  })
  await world.olga.uploads('cat.png', onePixel)
  for (const [name, role] of [
    ['alice', 'admin'],
    ['ann', 'power'],
  ] as const) {
    const member = await world.store.users.findByName(name)
    if (member !== undefined) await world.store.users.setRole(member.id, role)
  }
  placement = [
    { role: 'power', worker: 'second' },
    { tenant: 'birch', worker: 'second' },
  ]
  await world.restartSidecar()
  const cat = { files: 1, bytes: onePixel.length }
  const all = await usageByTenant(world)
  expect(all.get('operators')).toMatchObject({ input: cat, output: { files: 0, bytes: 0 }, temp: null, unmeasured: [] })
  const none = (type: string) => ['input', 'output', 'temp'].map((what) => expect.objectContaining({ what, type }))
  expect(all.get('acme')).toMatchObject({ input: null, output: null, temp: null, unmeasured: none('tenant_split') })
  expect(all.get('birch')).toMatchObject({ input: null, output: null, temp: null, unmeasured: none('files_unmanaged') })

  rmSync(join(world.practice.baseDirectory, 'output'), { recursive: true })
  expect((await usageByTenant(world)).get('operators')).toMatchObject({
    input: cat,
    output: null,
    unmeasured: [{ what: 'output', type: 'files_unreadable' }],
  })
})
