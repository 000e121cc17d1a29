/** How does a row of `jobs` become what the ledger reads? */
import type { FolderKey, JobId, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'
import type { JobFacts, JobListingRow, JobRow, StoredJobState } from '../job-store.ts'

export const factColumns = [
  'id',
  'tenant_id',
  'user_id',
  'folder_key',
  'client_id',
  'state',
  'sort_number',
  'seq',
  'attempt',
  'suspected_count',
  'upstream_id',
  'upstream_number',
  'upstream_finish',
  'had_secret',
  'queued_by',
  'queued_as',
  'by_one_factor',
  'created_at_ms',
] as const

export const listingColumns = [
  ...factColumns,
  'number',
  'workflow_id',
  'started_at_ms',
  'finished_at_ms',
  'outputs',
  'status',
  'meta',
] as const

export const jobColumns = [
  ...listingColumns,
  'prompt',
  'prompt_pieces',
  'extra_data',
  'extra_data_pieces',
  'outputs_to_execute',
] as const

interface FactRow {
  readonly id: JobId
  readonly tenant_id: TenantId
  readonly user_id: UserId
  readonly folder_key: FolderKey
  readonly client_id: string | null
  readonly state: StoredJobState
  readonly sort_number: number
  readonly seq: number
  readonly attempt: number
  readonly suspected_count: number
  readonly upstream_id: UpstreamPromptId
  readonly upstream_number: number
  readonly upstream_finish: number
  readonly had_secret: number
  readonly queued_by: string | null
  readonly queued_as: RoleName | null
  readonly by_one_factor: number
  readonly created_at_ms: number
}

interface ListingRow extends FactRow {
  readonly number: string
  readonly workflow_id: string | null
  readonly started_at_ms: number | null
  readonly finished_at_ms: number | null
  readonly outputs: string
  readonly status: string | null
  readonly meta: string
}

export interface FullRow extends ListingRow {
  readonly prompt: string
  readonly prompt_pieces: number
  readonly extra_data: string
  readonly extra_data_pieces: number
  readonly outputs_to_execute: string
}

export function parseFacts(row: FactRow): JobFacts {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    userId: row.user_id,
    folderKey: row.folder_key,
    clientId: row.client_id ?? undefined,
    state: row.state,
    sortNumber: row.sort_number,
    seq: row.seq,
    attempt: row.attempt,
    suspectedCount: row.suspected_count,
    upstreamId: row.upstream_id,
    upstreamNumber: row.upstream_number,
    upstreamFinish: row.upstream_finish,
    hadSecret: row.had_secret === 1,
    queuedBy: row.queued_by ?? undefined,
    queuedAs: row.queued_as ?? undefined,
    isByOneFactor: row.by_one_factor === 1,
    createdAtMs: row.created_at_ms,
  }
}

export function parseListing(row: ListingRow): JobListingRow {
  return {
    ...parseFacts(row),
    number: row.number,
    workflowId: row.workflow_id ?? undefined,
    startedAtMs: row.started_at_ms ?? undefined,
    finishedAtMs: row.finished_at_ms ?? undefined,
    outputs: row.outputs,
    status: row.status ?? undefined,
    meta: row.meta,
  }
}

/** `texts`: those of the row, put together from their pieces. */
export function parseJob(row: FullRow, texts: Pick<JobRow, 'prompt' | 'extraData'>): JobRow {
  return {
    ...parseListing(row),
    ...texts,
    outputsToExecute: row.outputs_to_execute,
  }
}
