/** What does the ledger read about jobs? Every query of a person's is bound to one tenant. */
import type { TenantId } from '@gatehouse/shared/ids'
import { type Kysely, sql } from 'kysely'
import type { JobListQuery, JobRow, JobStore } from '../job-store.ts'
import { readText } from './job-texts.ts'
import {
  type FullRow,
  factColumns,
  jobColumns,
  listingColumns,
  parseFacts,
  parseJob,
  parseListing,
} from './jobs-rows.ts'
import { createJobsWaiting } from './jobs-waiting.ts'
import type { LedgerTables } from './tables/ledger.ts'

type Reading = Pick<
  JobStore,
  | 'version'
  | 'find'
  | 'findByUpstreamId'
  | 'upstreamBody'
  | 'extraData'
  | 'counts'
  | 'ahead'
  | 'places'
  | 'recentDurations'
  | 'list'
  | 'history'
  | 'historyCount'
  | 'active'
  | 'activeFacts'
  | 'activeOfEverybody'
  | 'arrivals'
  | 'pastTurns'
  | 'lastFinishedUpstreamId'
  | 'deadPosts'
  | 'submission'
>

const ended = ['completed', 'failed', 'cancelled'] as const
/** OFFSET needs a LIMIT in SQLite. */
const everyRow = Number.MAX_SAFE_INTEGER
const shown = ['pending', 'in_progress', ...ended] as const

const versionQuery = sql<{ readonly own: number; readonly others: number }>`
  select total_changes() as own, (select data_version from pragma_data_version) as others`

/** SQLite counts the rows this connection changed, and tells apart the states that other connections left. */
async function version(db: Kysely<LedgerTables>): Promise<string> {
  const { rows } = await versionQuery.execute(db)
  return `${rows[0]?.own} ${rows[0]?.others}`
}

export function createJobReading(db: Kysely<LedgerTables>, worker: string): Reading {
  return {
    version: () => version(db),
    find: async (tenantId, id) => {
      const row = await visibleJobs(db, tenantId).select(jobColumns).where('id', '=', parseId(id)).executeTakeFirst()
      return row === undefined ? undefined : readJob(db, row)
    },
    findByUpstreamId: async (upstreamId) => {
      const query = jobsOn(db, worker).select(factColumns).where('upstream_id', '=', parseUpstreamId(upstreamId))
      const row = await query.executeTakeFirst()
      return row === undefined ? undefined : parseFacts(row)
    },
    upstreamBody: async (id) => {
      const query = db.selectFrom('jobs').select(['upstream_body as text', 'upstream_body_pieces as pieces'])
      const stored = await query.where('id', '=', id).executeTakeFirst()
      return stored === undefined ? undefined : readText(db, 'upstream_body', { id, ...stored })
    },
    extraData: async (id) => {
      const query = db.selectFrom('jobs').select(['extra_data as text', 'extra_data_pieces as pieces'])
      const stored = await query.where('id', '=', id).executeTakeFirst()
      return stored === undefined ? undefined : readText(db, 'extra_data', { id, ...stored })
    },
    counts: (tenantId) => counts(db, tenantId),
    list: (tenantId, query) => list(db, tenantId, query),
    history: async (tenantId, { offset, limit }) => {
      const rows = await visibleJobs(db, tenantId)
        .select(jobColumns)
        .where('state', 'in', ended)
        .orderBy('finish_seq')
        .limit(limit ?? everyRow)
        .offset(offset)
        .execute()
      return readJobs(db, rows)
    },
    historyCount: async (tenantId) => {
      const query = visibleJobs(db, tenantId).where('state', 'in', ended)
      return Number((await query.select((eb) => eb.fn.countAll().as('count')).executeTakeFirst())?.count ?? 0)
    },
    active: async (tenantId) => {
      const query = visibleJobs(db, tenantId).select(jobColumns).where('state', 'in', ['in_progress', 'pending'])
      return readJobs(db, await query.orderBy('state', 'asc').orderBy('upstream_number').execute())
    },
    activeFacts: async (tenantId) => {
      const own = visibleJobs(db, tenantId).where('worker', '=', worker)
      const query = own.select(factColumns).where('state', 'in', ['in_progress', 'pending'])
      return (await query.orderBy('state', 'asc').orderBy('upstream_number').execute()).map(parseFacts)
    },
    activeOfEverybody: async () => {
      const query = jobsOn(db, worker)
        .select(factColumns)
        .where('moved', '=', 0)
        .where('state', 'in', ['in_progress', 'pending', 'submitting'])
      const rows = await query.orderBy('state', 'asc').orderBy('upstream_number').execute()
      return rows.map(parseFacts)
    },
    arrivals: async () => {
      const query = jobsOn(db, worker).select(factColumns).where('moved', '=', 1).where('state', '=', 'pending')
      return (await query.orderBy('upstream_number').orderBy('seq').execute()).map(parseFacts)
    },
    pastTurns: () => pastTurns(db, worker),
    ...createJobsWaiting(db, worker),
    ...createSideReading(db, worker),
  }
}

function createSideReading(
  db: Kysely<LedgerTables>,
  worker: string,
): Pick<Reading, 'lastFinishedUpstreamId' | 'deadPosts' | 'submission'> {
  return {
    lastFinishedUpstreamId: async () => {
      const ended = jobsOn(db, worker).where('finish_seq', 'is not', null).where('reason', 'is', null)
      const query = ended.select('upstream_id')
      return (await query.orderBy('finish_seq', 'desc').limit(1).executeTakeFirst())?.upstream_id
    },
    deadPosts: async () => {
      const posts = db.selectFrom('dead_posts').where('worker', '=', worker)
      const rows = await posts.select(['upstream_id', 'since_ms']).execute()
      return rows.map((row) => ({ upstreamId: row.upstream_id, sinceMs: row.since_ms }))
    },
    submission: async (userId, keyHash) => {
      const query = db.selectFrom('submissions').select('answer').where('user_id', '=', userId)
      return (await query.where('key_hash', '=', keyHash).executeTakeFirst())?.answer
    },
  }
}

/** undefined: it was forgotten between two pieces. */
async function readJob(db: Kysely<LedgerTables>, row: FullRow): Promise<JobRow | undefined> {
  const { id } = row
  const prompt = await readText(db, 'prompt', { id, text: row.prompt, pieces: row.prompt_pieces })
  const extraData = await readText(db, 'extra_data', { id, text: row.extra_data, pieces: row.extra_data_pieces })
  return prompt === undefined || extraData === undefined ? undefined : parseJob(row, { prompt, extraData })
}

async function readJobs(db: Kysely<LedgerTables>, rows: readonly FullRow[]): Promise<readonly JobRow[]> {
  const jobs: JobRow[] = []
  for (const row of rows) {
    const job = await readJob(db, row)
    if (job !== undefined) jobs.push(job)
  }
  return jobs
}

function jobsOn(db: Kysely<LedgerTables>, worker: string) {
  return db.selectFrom('jobs').where('worker', '=', worker)
}

function visibleJobs(db: Kysely<LedgerTables>, tenantId: TenantId) {
  return db.selectFrom('jobs').where('tenant_id', '=', tenantId).where('visible', '=', 1).where('state', 'in', shown)
}

async function counts(db: Kysely<LedgerTables>, tenantId: TenantId) {
  const rows = await db
    .selectFrom('jobs')
    .select(['state', (eb) => eb.fn.countAll().as('count')])
    .where('tenant_id', '=', tenantId)
    .where('state', 'in', ['submitting', 'pending', 'in_progress'])
    .groupBy('state')
    .execute()
  const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0)
  return { pending: of('pending'), running: of('in_progress'), submitting: of('submitting') }
}

async function list(db: Kysely<LedgerTables>, tenantId: TenantId, query: JobListQuery) {
  if (query.states.length === 0) return { jobs: [], total: 0 }
  let own = visibleJobs(db, tenantId).where('state', 'in', query.states)
  if (query.workflowId !== undefined) own = own.where('workflow_id', '=', query.workflowId)
  const total = await own.select((eb) => eb.fn.countAll().as('count')).executeTakeFirst()
  const rows = await own
    .select(listingColumns)
    .orderBy(query.sortBy === 'created_at' ? 'created_at_ms' : 'duration_ms', query.sortOrder)
    // Python's sort is stable in both directions, so equal keys stay in order of arrival (jobs.py apply_sorting).
    .orderBy('seq', 'asc')
    .limit(query.limit ?? everyRow)
    .offset(query.offset)
    .execute()
  return { jobs: rows.map(parseListing), total: Number(total?.count ?? 0) }
}

async function pastTurns(db: Kysely<LedgerTables>, worker: string) {
  const waiting = await jobsOn(db, worker)
    .select(['tenant_id', 'upstream_number', 'upstream_finish'])
    .where('moved', '=', 0)
    .where('state', 'in', ['submitting', 'pending'])
    .execute()
  const served = await jobsOn(db, worker)
    .select([
      'tenant_id',
      (eb) => eb.fn.max('upstream_number').as('number'),
      (eb) => eb.fn.max('upstream_finish').as('finish'),
    ])
    .where('started_at_ms', 'is not', null)
    .groupBy('tenant_id')
    .execute()
  return [
    ...waiting.map((row) => ({
      tenantId: row.tenant_id,
      number: row.upstream_number,
      finish: row.upstream_finish,
      served: false,
    })),
    ...served.map((row) => ({ tenantId: row.tenant_id, number: row.number, finish: row.finish, served: true })),
  ]
}

function parseId(id: string): LedgerTables['jobs']['id'] {
  return id as LedgerTables['jobs']['id']
}

function parseUpstreamId(id: string): LedgerTables['jobs']['upstream_id'] {
  return id as LedgerTables['jobs']['upstream_id']
}
