/** Which jobs can one tenant see and touch? The ledger's handle, bound to a principal. */

import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { GatehouseError } from '../gatehouse-error.ts'
import type { HistoryPage, JobListing, JobRecord, JobState, OwnJobs } from '../policy/world.ts'
import type { JobListingRow, JobRow, StoredJobState } from '../store/job-store.ts'
import { arrayOr, objectOr } from '../transform/json-shape.ts'
import { parseJson, parseJsonInTurns } from '../transform/lossless-json.ts'
import type { LedgerParts } from './parts.ts'
import { type createOnce, submissionKey } from './submission-key.ts'
import { submitInTime } from './submit-in-time.ts'
import { cancel, interrupt, withdraw } from './withdraw.ts'

/** Deeper than anything that was stored. */
const storedDepth = 1_000

export function createOwnJobs(parts: LedgerParts, once: ReturnType<typeof createOnce>, principal: Principal): OwnJobs {
  const { store } = parts
  const tenantId = principal.tenant.id
  return {
    rendered: (key, make) => parts.rendered(tenantId, key, make),
    counts: async () => {
      const { pending, running } = await store.counts(tenantId)
      return { pending, running }
    },
    places: () => parts.places.places(tenantId),
    find: async (id) => {
      const row = await store.find(tenantId, id)
      return row === undefined ? undefined : toRecord(row)
    },
    list: async (query) => {
      const { jobs, total } = await store.list(tenantId, query)
      return { jobs: jobs.map(toListing), total }
    },
    history: async (page) => {
      const range = historyRange(page, await store.historyCount(tenantId))
      return toRecords(await store.history(tenantId, range))
    },
    active: async () => toRecords(await store.active(tenantId)),
    submit: (body, context) => {
      const key = submissionKey(context.idempotencyKey)
      return once(principal, key, () => submitInTime(parts, { principal, body, context, key }))
    },
    forget: async (which) => {
      await store.forget(tenantId, which)
    },
    withdraw: (which) => withdraw(parts, tenantId, which),
    cancel: (id) => cancel(parts, tenantId, id),
    interrupt: (id) => interrupt(parts, tenantId, id),
  }
}

/** ComfyUI counts from the end unless an offset is given, and stops only after the first entry (PromptQueue.get_history). */
export function historyRange({ maxItems, offset }: HistoryPage, totalCount: number) {
  const fromEnd = (offset === undefined || offset < 0) && maxItems !== undefined
  const start = fromEnd ? totalCount - maxItems : (offset ?? 0)
  return { offset: Math.max(0, start), limit: maxItems === undefined ? undefined : Math.max(1, maxItems) }
}

async function toRecord(row: JobRow): Promise<JobRecord> {
  return {
    ...toListing(row),
    prompt: objectOr(await parseJsonInTurns(row.prompt, { depth: storedDepth })),
    extraData: objectOr(await parseJsonInTurns(row.extraData, { depth: storedDepth })),
    outputsToExecute: arrayOr(stored(row.outputsToExecute)).filter((node) => typeof node === 'string'),
    meta: objectOr(stored(row.meta)),
  }
}

/** One after the other: each may take a turn of its own. */
async function toRecords(rows: readonly JobRow[]): Promise<readonly JobRecord[]> {
  const records: JobRecord[] = []
  for (const row of rows) records.push(await toRecord(row))
  return records
}

function toListing(row: JobListingRow): JobListing {
  return {
    id: row.id,
    state: shownState(row.state),
    number: stored(row.number),
    clientId: row.clientId,
    workflowId: row.workflowId,
    createdAtMs: row.createdAtMs,
    startedAtMs: row.startedAtMs,
    finishedAtMs: row.finishedAtMs,
    outputs: objectOr(stored(row.outputs)),
    status: row.status === undefined ? undefined : parseStatus(row.status),
  }
}

function shownState(state: StoredJobState): JobState {
  if (state === 'submitting') throw new GatehouseError('internal', { detail: 'a job that was not accepted was listed' })
  return state
}

function parseStatus(text: string): JsonObject {
  return objectOr(stored(text))
}

function stored(text: string): Json {
  return parseJson(text, { depth: storedDepth })
}
