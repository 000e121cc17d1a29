/** How is a job kept? */
import type { FolderKey, JobId, TenantId, UpstreamPromptId, UserId } from '@gatehouse/shared/ids'
import type { RoleName } from '@gatehouse/shared/roles'
import type { Generated } from 'kysely'
import type { StoredJobState } from '../../job-store.ts'

export interface JobTables {
  jobs: {
    /** Order of arrival. */
    seq: Generated<number>
    id: JobId
    tenant_id: TenantId
    user_id: UserId
    folder_key: FolderKey
    client_id: string | null
    /** The tenant's own number: its JSON text, and as a double. */
    number: string
    sort_number: number
    /** Empty where it is in `job_pieces`, of which there are so many. */
    prompt: string
    prompt_pieces: number
    extra_data: string
    extra_data_pieces: number
    outputs_to_execute: string
    workflow_id: string | null
    /** Null once it can never be posted again. */
    upstream_body: string | null
    upstream_body_pieces: number
    /** The ComfyUI that holds it, or is to. */
    worker: string
    /** 1 while its worker has not been sent it yet: it waited on another one. */
    moved: number
    had_secret: number
    /** Names the credential (`ended-credentials.ts`), and the role it had; null for jobs of versions that did not ask. */
    queued_by: string | null
    queued_as: RoleName | null
    by_one_factor: number
    state: StoredJobState
    reason: string | null
    /** 1 when a person shall see it: withdrawn jobs leave no trace in ComfyUI either. */
    visible: number
    attempt: number
    suspected_count: number
    upstream_id: UpstreamPromptId
    upstream_number: number
    upstream_finish: number
    created_at_ms: number
    started_at_ms: number | null
    finished_at_ms: number | null
    /** Order in which jobs ended. */
    finish_seq: number | null
    duration_ms: number
    outputs: string
    status: string | null
    meta: string
  }
  /** Long texts of jobs; they go with their job. */
  job_pieces: { job_id: JobId; part: 'prompt' | 'extra_data' | 'upstream_body'; place: number; text: string }
  /** Every id that any job ever had. */
  job_ids: { id: string }
  job_numbers: { tenant_id: TenantId; next: number }
  dead_posts: { upstream_id: UpstreamPromptId; job_id: JobId; since_ms: number; worker: string }
  submissions: { user_id: UserId; key_hash: string; answer: string; at_ms: number }
}
