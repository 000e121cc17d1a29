/** Does docs/identity/roles.md say what happens? Each of its configurations, run as it is printed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseRole } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { createPasswords } from '../../sidecar/src/identity/password.ts'
import { type Configured, startConfigured, yamlOf } from '../support/configured.ts'
import { createWalker } from '../support/cookie-jar.ts'
import { savedPicture } from '../support/graphs.ts'
import { type Graph, type Person, parseRecord, until } from '../support/person.ts'
import { personWithKey } from '../support/world.ts'

const [ownRole = '', patterns = '', running = '', leaving = '', ...further] = yamlOf('docs/identity/roles.md')

async function enrol(site: Configured, name: string, roleName: string): Promise<Person> {
  const role = parseRole(roleName)
  if (role === undefined) throw new Error('no role')
  const member = await site.store.users.add({ name, role, passwordHash: null, tenantName: 'acme' })
  return personWithKey(site.store, { name, address: site.address, folderKey: member.tenant.folderKey }, member)
}

async function asks(person: Person, prompt: Graph): Promise<readonly [number, string]> {
  const answer = await person.post('/prompt', { prompt })
  return [answer.status, await answer.text()]
}

describe('the page about roles', () => {
  it('has four configurations', () => {
    expect([ownRole, patterns, running].every((yaml) => yaml.startsWith('roles:'))).toBe(true)
    expect(further).toEqual([])
  })

  it('makes a role that saves, and destroys nothing', async () => {
    await using site = await startConfigured(ownRole)
    const alice = await enrol(site, 'alice', 'artist')
    expect((await alice.post('/userdata/workflows%2Fa.json', { a: 1 })).status).toBe(200)
    expect((await alice.post('/userdata/workflows%2Fa.json?overwrite=true', { a: 2 })).status).toBe(409)
    expect((await alice.fetch('/userdata/workflows%2Fa.json', { method: 'DELETE' })).status).toBe(403)
    expect((await alice.post('/userdata/workflows%2Fa.json/move/b.json', {})).status).toBe(403)
    expect((await alice.post('/free', {})).status).toBe(200)
    expect(site.practice.requests.map(({ method, url }) => `${method} ${url}`)).toContain('POST /free')
  })

  it('limits models, shown and run, and freezes nodes', async () => {
    await using site = await startConfigured(patterns)
    const names = ['client-a-face.safetensors', 'house-1.safetensors', 'other.safetensors']
    for (const name of names) {
      const file = join(site.practice.baseDirectory, 'models', 'checkpoints', name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, 'weights')
    }
    const [artist, frozen] = [await enrol(site, 'alice', 'artist'), await enrol(site, 'fred', 'frozen')]
    const user = await enrol(site, 'ulla', 'user')
    const listed = async (person: Person): Promise<unknown> => (await person.fetch('/api/models/checkpoints')).json()
    expect(await listed(user)).toEqual(names)
    expect(await listed(artist)).toEqual(['house-1.safetensors', 'other.safetensors'])
    expect(await listed(frozen)).toEqual(['house-1.safetensors'])
    const details: unknown = await (await artist.fetch('/experiment/models/checkpoints')).json()
    expect(JSON.stringify(details)).not.toContain('client-a')
    for (const path of ['view_metadata/checkpoints?filename=', 'experiment/models/preview/checkpoints/0/'])
      expect((await artist.fetch(`/api/${path}${names[0]}`)).status).toBe(404)

    expect(Object.keys(parseRecord(await frozen.json('/object_info'))).sort()).toEqual(
      expect.arrayContaining(['EmptyImage', 'LoadImage', 'PreviewImage', 'SaveImage']),
    )
    expect(await frozen.json('/object_info')).not.toHaveProperty('ImageInvert')
    expect(await frozen.json('/object_info/ImageInvert')).toEqual({})
    expect((await asks(frozen, savedPicture('frozen')))[0]).toBe(200)
    const inverted: Graph = {
      ...savedPicture('inverted'),
      '4': { class_type: 'ImageInvert', inputs: { image: ['1', 0] } },
    }
    expect(await asks(frozen, inverted)).toEqual([400, expect.stringContaining('not among the nodes of your role')])
    expect((await asks(artist, inverted))[0]).toBe(200)
  })

  it('lets jobs go on whose person signs out', async () => {
    await using site = await startConfigured(`${leaving}limits: { pending_jobs: 9 }\n`)
    const ann = await enrol(site, 'ann', 'user')
    const passwordHash = await createPasswords().hash('a violet umbrella, folded')
    await site.store.users.add({ name: 'alice', role: 'user', passwordHash, tenantName: 'acme' })
    const desk = createWalker()
    const post = (path: string, body: object) =>
      desk.go(`${site.address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await post('/gatehouse/api/v1/login', { username: 'alice', password: 'a violet umbrella, folded' })
    const id = String(parseRecord(await (await post('/prompt', { prompt: savedPicture('kept') })).json()).prompt_id)
    expect((await post('/gatehouse/api/v1/logout', {})).status).toBe(204)
    await until(async () => (await ann.json(`/history/${id}`))[id])
  })

  it('lets a runner run what is published', async () => {
    await using site = await startConfigured(running)
    const [runner, paula] = [await enrol(site, 'rita', 'runner'), await enrol(site, 'paula', 'power')]
    const prompt = savedPicture('portrait', 1)
    expect(await asks(runner, prompt)).toEqual([400, expect.stringContaining('You may run published workflows only')])
    // Without a list, numbers stay open, and the prefix of the files does not.
    expect((await paula.post('/gatehouse/api/v1/workflows', { name: 'Portrait', prompt })).status).toBe(201)
    expect((await asks(runner, savedPicture('portrait', 2)))[0]).toBe(200)
    expect((await asks(runner, savedPicture('landscape', 1)))[0]).toBe(400)
    expect((await runner.uploads('a.png', Uint8Array.of(1))).status).toBe(403)
  })
})
