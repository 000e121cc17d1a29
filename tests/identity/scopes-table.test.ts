/**
 * Does a key with one scope open exactly the rows of that permission, and a token of an issuer likewise? Every row of the
 * route table and every address of the own API, for every scope, on both sides of `/api` (after JupyterHub's test_scopes).
 */
import { readFileSync } from 'node:fs'
import { type Permission, permissionNames } from '@gatehouse/shared/roles'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jwtSchema } from '../../sidecar/src/config/auth/jwt-schema.ts'
import { mintApiKey } from '../../sidecar/src/identity/api-key.ts'
import { goodClaims, issue, issuerUrl, jwkOf, keyPairs } from '../../sidecar/src/identity/jwt/forge.ts'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import type { Row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'
import { files } from '../isolation/rows/files.ts'
import { models } from '../isolation/rows/models.ts'
import { page } from '../isolation/rows/page.ts'
import { type Proof, type Said, said } from '../isolation/rows/proof.ts'
import { saved } from '../isolation/rows/saved.ts'
import { serverProofs } from '../isolation/rows/server.ts'
import { createStage, type Stage } from '../isolation/rows/stage.ts'
import { work } from '../isolation/rows/work.ts'
import { createPerson, type Person } from '../support/person.ts'

const table = compileTable(resources)
const proofs: Readonly<Record<string, Proof>> = Object.assign({}, work, files, saved, models, serverProofs, page)
const rows = table.rows.map((row) => ({ row, name: nameOf(row), proof: proofs[nameOf(row)] }))

function nameOf(row: Row): string {
  return table.rows.some((other) => other !== row && other.key === row.key) ? `${row.at} ${row.key}` : row.key
}

let stage: Stage
/** The owner, with a key for each scope: whoever may everything is held back by the key alone. */
const holders = new Map<Permission, Person>()
beforeAll(async () => {
  const issuer = {
    ...{ name: 'farm', issuer: issuerUrl, audience: goodClaims.aud, jwks: { keys: [jwkOf(keyPairs.rsa.publicKey)] } },
    ...{ claims: { scopes: 'scope' }, accounts: { names: 'shared' } },
  }
  stage = await createStage({
    config: (config) => ({
      ...config,
      auth: { ...config.auth, jwt: jwtSchema.parse([issuer]) },
      // One person asks for everything, with every scope.
      limits: { ...config.limits, changes_per_minute: 100_000, change_burst: 100_000 },
    }),
  })
  const { store, address, olga } = stage.world
  const owner = await store.users.findByName('olga')
  if (owner === undefined) throw new Error('olga is not there')
  for (const scope of permissionNames) {
    const { id, key, secretHash } = mintApiKey()
    await store.apiKeys.add({ id, userId: owner.id, label: scope, secretHash, expiresAtMs: null, scopes: [scope] })
    holders.set(scope, createPerson({ name: scope, address, key, folderKey: olga.folderKey }))
  }
})
afterAll(() => stage[Symbol.asyncDispose]())

function holderOf(scope: Permission): Person {
  const holder = holders.get(scope)
  if (holder === undefined) throw new Error(`nobody holds ${scope}`)
  return holder
}

const sides = { both: ['', '/api'], root: [''], api: ['/api'] } as const

function asked(person: Person, { method }: Row, { sample }: Proof, prefix: string): Promise<Said> {
  const path = prefix !== '' && sample.path === '/' ? prefix : `${prefix}${sample.path}`
  return said(person, `${method} ${path}`, sample.body)
}

/** What a row asks for, as the table says it; `anybody` and rows that serve nobody ask for nothing. */
function neededFor({ isolation, needs }: Row): Permission | undefined {
  if (isolation.verb === 'operator') return isolation.may
  return needs === 'anybody' || isolation.verb === 'denied' ? undefined : needs
}

describe('a key with one scope', () => {
  it.each(rows)('is let in by $name only with the permission of that row', async ({ row, proof }) => {
    if (proof === undefined) throw new Error('this row has no sample')
    const needed = neededFor(row)
    for (const prefix of sides[row.at]) {
      for (const scope of permissionNames) {
        const reply = await asked(holderOf(scope), row, proof, prefix)
        const told = `${scope} ${prefix}: ${reply.status} ${reply.text.slice(0, 200)}`
        if (needed === undefined) {
          // Whoever is let in without a permission, or nobody is: the same for every key.
          expect(reply.status, told).toBe((await asked(stage.world.olga, row, proof, prefix)).status)
        } else if (scope === needed) {
          expect([401, 403], told).not.toContain(reply.status)
        } else if (row.isolation.verb === 'operator') {
          // What those are told who may not is the answer of a missing route, or of one that did nothing.
          const refusal = await asked(stage.people.guest, row, proof, prefix)
          expect(reply, told).toEqual(refusal)
        } else {
          expect([reply.status, reply.text.includes('forbidden')], told).toEqual([403, true])
        }
      }
    }
  })
})

/** The owner, with a token of an issuer. */
async function bearerOf(scope: string | readonly string[]): Promise<Person> {
  const now = Math.floor(Date.now() / 1_000)
  const key = await issue({ ...goodClaims, sub: 'olga', scope, iat: now, nbf: now, exp: now + 3_600 })
  return createPerson({ name: 'olga', address: stage.world.address, key, folderKey: stage.world.olga.folderKey })
}

describe('a token of an issuer', () => {
  it.each(rows)(
    'is let in by $name with the scope of that row, and not with all the others',
    async ({ row, proof }) => {
      if (proof === undefined) throw new Error('this row has no sample')
      const needed = neededFor(row)
      const others = await bearerOf(permissionNames.filter((name) => name !== needed))
      for (const prefix of sides[row.at]) {
        const refused = await asked(others, row, proof, prefix)
        const told = `${prefix}: ${refused.status} ${refused.text.slice(0, 200)}`
        if (needed === undefined) {
          expect(refused.status, told).toBe((await asked(stage.world.olga, row, proof, prefix)).status)
          continue
        }
        const opened = await asked(await bearerOf(`openid ${needed} profile`), row, proof, prefix)
        expect([401, 403], `${prefix}: ${opened.status} ${opened.text.slice(0, 200)}`).not.toContain(opened.status)
        if (row.isolation.verb === 'operator') {
          expect(refused, told).toEqual(await asked(stage.people.guest, row, proof, prefix))
        } else {
          expect([refused.status, refused.text.includes('forbidden')], told).toEqual([403, true])
        }
      }
    },
  )
})

type Asks = Permission | 'signed in' | 'unlimited' | 'open'
/** Own addresses, and what a program must bring. `unlimited`: a key without limits at least, and often a person. */
const own: Readonly<Record<string, Asks>> = {
  'GET /me': 'signed in',
  'GET /queue': 'signed in',
  'GET /files': 'output:read',
  'DELETE /files': 'output:delete',
  'GET /usage': 'output:read',
  'POST /tickets': 'output:read',
  'GET /workflows': 'workflow:read',
  'GET /workflows/:name': 'workflow:read',
  'DELETE /workflows/:name': 'workflow:publish',
  'GET /audit': 'admin:audit',
}
/** Known to everybody, or asking for credentials of their own. */
const open: ReadonlySet<string> = new Set([
  ...['POST /login', 'POST /logout', 'GET /setup', 'POST /setup', 'POST /leaked-keys'],
  'POST /passkey/options',
  ...['POST /invitations/look', 'POST /invitations/accept', 'POST /device-links/claim', 'POST /device-links/redeem'],
  ...['POST /token', 'POST /token/refresh', 'POST /token/revoke'],
  ...['GET /login-options', 'GET /oidc/:name/login', 'GET /oidc/:name/callback', 'POST /oidc/:name/backchannel'],
])

/** As `own-api.ts` and the files it joins declare them. */
function declared(): readonly string[] {
  const source = readFileSync(new URL('../../sidecar/src/own-api/own-api.ts', import.meta.url), 'utf8')
  const calls = source.matchAll(/router\.(get|post|put|patch|delete)\(\[?`\$\{apiBase\}([^`]*)`/g)
  return [...calls].map(([, method = '', path = '']) => `${method.toUpperCase()} ${path}`)
}

describe('the own API', () => {
  const routes = declared().filter((route) => !open.has(route))

  it('is read from its source', () => {
    expect(declared().length).toBeGreaterThan(20)
    expect(declared()).toEqual(expect.arrayContaining(Object.keys(own)))
  })

  it.each(routes)(
    'lets %s be asked only with its permission, and what a person alone may do with none',
    async (route) => {
      const [method = '', pattern = ''] = route.split(' ')
      const path = `/gatehouse/api/v1${pattern.replace(/:\w+/g, 'nobody')}`
      const body = method === 'GET' ? undefined : '{}'
      for (const scope of permissionNames) {
        const { status, text } = await said(holderOf(scope), `${method} ${path}`, body)
        const told = `${scope}: ${status} ${text.slice(0, 200)}`
        const asks = own[route]
        const isLetIn = asks === 'signed in' || asks === scope
        if (isLetIn) expect([401, 403], told).not.toContain(status)
        else expect(status, told).toBe(403)
      }
    },
  )

  it('opens no session for a limited key', async () => {
    for (const scope of permissionNames) {
      const apiKey = holderOf(scope).key
      const reply = await stage.world.mallory.post('/gatehouse/api/v1/login', { apiKey })
      expect([reply.status, await reply.text()]).toEqual([403, expect.stringContaining('limited')])
    }
  })
})
