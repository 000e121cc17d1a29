/**
 * Whoever can keep the list of security events from being written (a full disk, a broken file) may not use that to act
 * unseen: nothing is opened or changed until it can be written again, while what ends access goes on working.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { databaseFileName } from '../../sidecar/src/store/sql/open-database.ts'
import { ask, logsIn } from '../security/ask.ts'
import { until } from '../support/person.ts'
import { alicePassword, bobPassword, createWorld, type World } from '../support/world.ts'

const api = '/gatehouse/api/v1'
let world: World
let file: DatabaseSync
beforeAll(async () => {
  world = await createWorld()
  file = new DatabaseSync(join(world.dataDir, databaseFileName))
})
afterAll(async () => {
  file.close()
  await world[Symbol.asyncDispose]()
})

it('nothing opens or changes while security events cannot be written, and everything does again afterwards', async () => {
  const alice = await logsIn(world, 'alice', alicePassword)
  const other = await logsIn(world, 'alice', alicePassword)
  const call = async (method: string, path: string, body?: unknown, cookie = alice) => {
    const headers = { cookie, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await ask(world, method, `${api}${path}`, { headers, ...sent })).status
  }
  const makeKey = () => call('POST', '/keys', { label: 'x' })
  const logIn = () => call('POST', '/login', { username: 'bob', password: bobPassword }, '')
  file.exec('alter table audit_events rename to away')
  // The first that fails is how it is noticed.
  await until(async () => ((await makeKey()) === 503 ? true : undefined))
  expect(await logIn()).toBe(503)
  expect(await call('POST', '/password', { current: alicePassword, password: 'amber Lantern 4799' })).toBe(503)
  expect(await call('GET', '/me')).toBe(200)
  expect(await call('GET', '/sessions')).toBe(200)
  expect(await call('POST', '/logout', undefined, other)).toBe(204)
  expect(await call('DELETE', '/sessions')).toBe(204)
  file.exec('alter table away rename to audit_events')
  await until(async () => ((await logIn()) === 200 ? true : undefined))
  const rows = await world.store.audit.page({ from: { before: undefined }, limit: 200 })
  expect(rows.map(({ kind }) => kind)).toContain('session.revoked')
})
