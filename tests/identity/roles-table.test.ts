/**
 * Does each permission open exactly its rows to a role of the configuration? Every row, for a role that has everything but
 * its permission and for one that has nothing else, on both sides of `/api`.
 */
import { type Permission, parseRole, permissionNames, rolePermissions } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../sidecar/src/config/config.ts'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import type { Row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { files } from '../isolation/rows/files.ts'
import { models } from '../isolation/rows/models.ts'
import { page } from '../isolation/rows/page.ts'
import { type Proof, said } from '../isolation/rows/proof.ts'
import { saved } from '../isolation/rows/saved.ts'
import { serverProofs } from '../isolation/rows/server.ts'
import { createStage, type Stage } from '../isolation/rows/stage.ts'
import { work } from '../isolation/rows/work.ts'
import { type Person, parseRecord } from '../support/person.ts'
import { personWithKey } from '../support/world.ts'

const proofs: Readonly<Record<string, Proof>> = Object.assign({}, work, files, saved, models, serverProofs, page)
const table = compileTable(resources)
const sides = { both: ['', '/api'], root: [''], api: ['/api'] } as const

function nameOf(row: Row): string {
  return table.rows.some((other) => other !== row && other.key === row.key) ? `${row.at} ${row.key}` : row.key
}

function neededFor({ isolation, needs }: Row): Permission | undefined {
  if (isolation.verb === 'operator') return isolation.may
  return needs === 'anybody' || isolation.verb === 'denied' ? undefined : needs
}

const cases = table.rows.flatMap((row) => {
  const needed = neededFor(row)
  const proof = proofs[nameOf(row)]
  return needed === undefined ? [] : [{ name: nameOf(row), row, needed, proof }]
})

const roleOf = (kind: 'without' | 'only', permission: Permission): string =>
  `${kind}-${permission.replace(/[^a-z]/g, '-')}`

/** Two roles for each permission, from the one table. */
function rolesOfTest(): Config['roles'] {
  const limits = {}
  return Object.fromEntries(
    permissionNames.flatMap((permission) => {
      const guests = [...rolePermissions.guest].filter((other) => other !== permission)
      return [
        [roleOf('without', permission), { like: 'owner', may_not: [permission], limits }] as const,
        [roleOf('only', permission), { like: 'guest', may: [permission], may_not: guests, limits }] as const,
      ]
    }),
  )
}

let stage: Stage
const people = new Map<string, Person>()
beforeAll(async () => {
  stage = await createStage({ config: (config) => ({ ...config, roles: { ...config.roles, ...rolesOfTest() } }) })
  const { store, address } = stage.world
  for (const name of Object.keys(rolesOfTest())) {
    const role = parseRole(name)
    if (role === undefined) throw new Error(`${name} is no role`)
    const member = await store.users.add({ name, role, passwordHash: null })
    people.set(name, await personWithKey(store, { name, address, folderKey: member.tenant.folderKey }, member))
  }
})
afterAll(() => stage[Symbol.asyncDispose]())

function holder(kind: 'without' | 'only', permission: Permission): Person {
  const person = people.get(roleOf(kind, permission))
  if (person === undefined) throw new Error(`nobody is ${kind} ${permission}`)
  return person
}

function asked(person: Person, row: Row, { sample }: Proof, prefix: string) {
  return said(person, `${row.method} ${prefix !== '' && sample.path === '/' ? '' : prefix}${sample.path}`, sample.body)
}

describe('a row', () => {
  it('is there for every permission that is asked for on the way to ComfyUI', () => {
    const asking = new Set(cases.map(({ needed }) => needed))
    // Asked for beside the row: by the graph, by a file that is there, by a class, and by the own API.
    const elsewhere =
      /^(?:graph:edit|workflow:overwrite|workflow:publish|nodes:partner|output:delete|token:own|users:|admin:)/
    expect(permissionNames.filter((permission) => !asking.has(permission) && !elsewhere.test(permission))).toEqual([])
  })

  it.each(cases)('$name is closed to a role without $needed, and open to one with nothing else', async (one) => {
    const { row, needed, proof } = one
    if (proof === undefined) throw new Error('this row has no sample')
    for (const prefix of sides[row.at]) {
      const closed = await asked(holder('without', needed), row, proof, prefix)
      const open = await asked(holder('only', needed), row, proof, prefix)
      if (row.isolation.verb === 'operator') {
        // Those who may not are told what they would be told of a missing route, or of one that did nothing.
        expect(closed, prefix).toEqual(await asked(stage.people.guest, row, proof, prefix))
        if (closed.status === 404) expect(open.status, prefix).not.toBe(404)
      } else {
        expect([closed.status, closed.text.includes('forbidden')], prefix).toEqual([403, true])
      }
      expect([401, 403], `${prefix}: ${open.text.slice(0, 200)}`).not.toContain(open.status)
    }
  })
})

describe('the own API', () => {
  it.each([
    ['output:read', 'GET', '/files', undefined],
    ['output:delete', 'DELETE', '/files', { files: [{ root: 'input', filename: 'nothing.png' }] }],
    ['output:read', 'GET', '/usage', undefined],
    ['workflow:read', 'GET', '/workflows', undefined],
    ['workflow:publish', 'DELETE', '/workflows/nothing', undefined],
  ] as const)('asks for %s at %s %s', async (permission, method, path, body) => {
    const route = `${method} /gatehouse/api/v1${path}`
    const text = body === undefined ? undefined : JSON.stringify(body)
    expect((await said(holder('without', permission), route, text)).status).toBe(403)
    expect([401, 403]).not.toContain((await said(holder('only', permission), route, text)).status)
  })

  it('tells everybody what they may, which is what the role of the configuration says', async () => {
    for (const permission of permissionNames) {
      const told = async (kind: 'without' | 'only'): Promise<unknown> =>
        parseRecord(await holder(kind, permission).json('/gatehouse/api/v1/me')).permissions
      expect(await told('only')).toEqual([permission])
      const others = permissionNames.filter((other) => other !== permission)
      expect(new Set((await told('without')) as readonly string[])).toEqual(new Set(others))
    }
  })
})

describe('a saved workflow', () => {
  const path = '/userdata/workflows%2Fkept.json'
  it('is not saved over, moved over or taken away by a role that may not', async () => {
    const keeper = holder('without', 'workflow:overwrite')
    expect((await keeper.post(path, { a: 1 })).status).toBe(200)
    for (const query of ['', '?overwrite=true', '?overwrite=false'])
      expect((await keeper.post(`${path}${query}`, { a: 2 })).status, query).toBe(409)
    expect((await keeper.post('/userdata/workflows%2Fother.json', { b: 1 })).status).toBe(200)
    const onto = await keeper.post(`/userdata/workflows%2Fother.json/move/workflows%2Fkept.json?overwrite=true`, {})
    expect(onto.status).toBe(409)
    expect(await keeper.json(path)).toEqual({ a: 1 })
  })

  it('keeps the settings of a role that may save files and no settings', async () => {
    const writer = holder('without', 'settings:write')
    for (const target of ['/userdata/comfy.settings.json', '/api/userdata/comfy.settings.json'])
      expect((await writer.post(target, { 'Comfy.ColorPalette': 'forged' })).status).toBe(403)
    expect((await writer.post('/userdata/mine.json', { 'Comfy.ColorPalette': 'forged' })).status).toBe(200)
    expect((await writer.post('/userdata/mine.json/move/comfy.settings.json', {})).status).toBe(403)
    expect(await writer.json('/settings')).not.toMatchObject({ 'Comfy.ColorPalette': 'forged' })
  })
})
