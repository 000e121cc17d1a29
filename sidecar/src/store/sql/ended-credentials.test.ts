import type { ApiKeyId, FolderKey, JobId, SessionHash, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { beforeEach, describe, expect, it } from 'vitest'
import { loginName } from '../ended-credentials.ts'
import type { NewJob } from '../job-store.ts'
import type { Store } from '../store.ts'
import { createStore } from './create-store.ts'
import { createJobStore } from './jobs.ts'
import { migrations } from './migrations/index.ts'
import { nodeSqliteDialect, openSqlite } from './node-sqlite-dialect.ts'
import type { Database } from './schema.ts'

const id = <Id extends string>(text: string): Id => text as Id
const hourMs = 60 * 60 * 1000

let nowMs: number
let db: Kysely<Database>
let store: Store
let userId: UserId
beforeEach(async () => {
  nowMs = 1_000_000
  db = new Kysely<Database>({ dialect: nodeSqliteDialect(openSqlite(':memory:')) })
  await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  store = createStore({ db, now: () => nowMs })
  userId = (await store.users.add({ name: 'alice', role: 'user', passwordHash: null })).id
})

async function logsInAndOut(name: string): Promise<void> {
  const hash = id<SessionHash>(name)
  const times = { createdAtMs: nowMs, lastSeenAtMs: nowMs, provenAtMs: nowMs, expiresAtMs: nowMs + 1_000 * hourMs }
  await store.sessions.add({
    ...{ hash, userId, ...times, remember: false, address: '', userAgent: '', apiKeyId: null, method: 'password' },
    ...{ factor: null, issuer: null, issuerSession: null, impersonatorId: null },
  })
  await store.sessions.revoke(hash)
}

async function isKept(name: string): Promise<boolean> {
  return (await store.endedCredentials.find(name)) !== undefined
}

async function endKey(): Promise<string> {
  const key = { id: id<ApiKeyId>('key'), userId, label: '', secretHash: '', expiresAtMs: null }
  await store.apiKeys.add(key)
  await store.apiKeys.revoke(key.id)
  return key.id
}

function jobBy(queuedBy: string): NewJob {
  return {
    ...{ id: id<JobId>('job'), tenantId: id<TenantId>('acme'), userId, folderKey: id<FolderKey>('k') },
    ...{ upstreamId: id<UpstreamPromptId>('up'), upstreamNumber: 1, upstreamFinish: 2, clientId: undefined },
    ...{ number: '0', sortNumber: 0, workflowId: undefined, hadSecret: false, createdAtMs: nowMs },
    ...{ queuedBy, queuedAs: undefined, isByOneFactor: false },
    ...{ prompt: '{}', extraData: '{}', outputsToExecute: '[]', upstreamBody: '{}' },
  }
}

describe('the end of a log-in', () => {
  it('is known while a prompt may be on its way, or waits, and not for every log-in of a month', async () => {
    await createJobStore(db).insert(jobBy(loginName('waits')))
    const key = await endKey()
    for (const name of ['waits', 'first', 'second']) await logsInAndOut(name)
    nowMs += 2 * hourMs
    for (let count = 0; count < 100; count += 1) await logsInAndOut(`loop ${count}`)
    const names = ['waits', 'first', 'second', 'loop 0', 'loop 99'].map(loginName)
    expect(await Promise.all(names.map(isKept))).toEqual([true, false, false, true, true])
    expect(await isKept(key)).toBe(true)
  })
})
