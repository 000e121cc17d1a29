/** What can a row reach? A principal's own world: every handle is bound to one tenant, so no method takes a tenant id. */
import type { JobId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { QueuePlaces } from '@gatehouse/shared/workflows-contract'
import type { Answer } from './answer.ts'
import type { CanonicalRequest, RequestBody } from './canonical-request.ts'

export interface World {
  readonly principal: Principal
  readonly jobs: OwnJobs
  readonly files: OwnFiles
  readonly userdata: OwnUserdata
  readonly settings: OwnSettings
  readonly comfyui: SharedFacts
  readonly cached: CachedAnswers
  readonly limits: WorldLimits
}

/** The same for everybody who shares `variant`, so that the narrowed answer is made and compressed once. */
export interface Narrowing {
  readonly variant: string
  narrow(value: Json): Json
}

export interface WorldLimits {
  readonly maxUploadBytes: number
  /** Endings such as `.png`, lower case; `*` is every file. */
  readonly uploadTypes: readonly string[]
  /** Of one picture of an upload, in units of 1024 x 1024 pixels. */
  readonly maxPictureMegapixels: number
  /** Of all frames of an upload together. */
  readonly maxFramesMegapixels: number
  /** Of one text that ComfyUI reads as the caption of a picture. */
  readonly maxCaptionBytes: number
  /** Patterns over `folder/name` of files that may be used although their format can carry code. */
  readonly allowPickles: readonly string[]
  /** Patterns over `folder/name` of models that the role may use; what is denied wins. */
  readonly models: { readonly allow: readonly string[] | undefined; readonly deny: readonly string[] }
  /** Whether files are shown without what says how they were made. */
  readonly stripsMetadata: boolean
  /** JSON bodies: prompts and everything smaller. */
  readonly maxJsonBytes: number
}

/** What everybody gets alike, or nearly so, answered from caches that notice when ComfyUI changes. */
export interface CachedAnswers {
  /** A static file of the frontend, a pack, the templates or the documentation. */
  asset(request: CanonicalRequest): Promise<Answer>
  /** The page itself, bound to the person who opens it. */
  document(request: CanonicalRequest, principal: Principal): Promise<Answer>
  /** A JSON answer of ComfyUI's that is the same for everybody, optionally narrowed. */
  json(request: CanonicalRequest, narrowing?: Narrowing): Promise<Answer>
  /** `/object_info` and `/object_info/{class}` with the tenant's own file lists. */
  objectInfo(request: CanonicalRequest, world: World): Promise<Answer>
  /** `/global_subgraphs` with every blueprint's data inlined. */
  globalSubgraphs(request: CanonicalRequest): Promise<Answer>
}

export type JobState = 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'

/** A job as its owner may see it: own ids, own paths, own numbers. */
export interface JobRecord {
  readonly id: JobId
  readonly state: JobState
  /** The tenant's own counter, as ComfyUI's `number`; floats only where the client sent one. */
  readonly number: Json
  /** The `client_id` the client sent; undefined when it sent none. */
  readonly clientId: string | undefined
  /** The client's own graph, as accepted. */
  readonly prompt: JsonObject
  /** The client's own extra data, without secrets. */
  readonly extraData: JsonObject
  readonly outputsToExecute: readonly string[]
  /** `extra_data.extra_pnginfo.workflow.id`. */
  readonly workflowId: string | undefined
  readonly createdAtMs: number
  readonly startedAtMs: number | undefined
  readonly finishedAtMs: number | undefined
  /** ComfyUI's history `outputs`, in own names. */
  readonly outputs: JsonObject
  /** ComfyUI's history `status` (`status_str`, `completed`, `messages`); undefined until finished. */
  readonly status: JsonObject | undefined
  /** ComfyUI's history `meta`. */
  readonly meta: JsonObject
}

/** What lists show: a job without its graph and extra data. */
export type JobListing = Omit<JobRecord, 'prompt' | 'extraData' | 'outputsToExecute' | 'meta'>

/** Paging as ComfyUI's `/history` pages: without `offset` the last `maxItems`, else from `offset` on. */
export interface HistoryPage {
  readonly maxItems: number | undefined
  readonly offset: number | undefined
}

export interface JobQuery {
  readonly states: readonly JobState[]
  readonly workflowId: string | undefined
  readonly sortBy: 'created_at' | 'execution_duration'
  readonly sortOrder: 'asc' | 'desc'
  /** undefined: all. */
  readonly limit: number | undefined
  readonly offset: number
}

/** The tenant's part of the ledger. A foreign id and an unknown id are the same to every method. */
export interface OwnJobs {
  /**
   * The bytes of a listing, made anew only after anything in the ledger changed; `key` names everything that `make`
   * depends on beside the ledger.
   */
  rendered(key: string, make: () => Promise<Json>): Promise<Uint8Array>
  counts(): Promise<{ readonly pending: number; readonly running: number }>
  /** Where each own pending job stands in the shared queue. */
  places(): Promise<QueuePlaces>
  find(id: string): Promise<JobRecord | undefined>
  list(query: JobQuery): Promise<{ readonly jobs: readonly JobListing[]; readonly total: number }>
  /** Finished jobs in the order they finished, oldest first. */
  history(page: HistoryPage): Promise<readonly JobRecord[]>
  /** Running, then pending jobs in the order they will run. */
  active(): Promise<readonly JobRecord[]>
  /**
   * Answers `POST /prompt`: judges, records, posts. `body` is the parsed request, or reads it: that happens only when a
   * prompt may be queued at all.
   */
  submit(body: Json | (() => Promise<Json>), context: SubmitContext): Promise<Answer>
  /** Forgets finished jobs; ids that are not own finished jobs change nothing. */
  forget(which: readonly string[] | 'all'): Promise<void>
  /** Takes pending jobs out of the queue; ids that are not own pending jobs change nothing. */
  withdraw(which: readonly string[] | 'all'): Promise<void>
  /** Cancels an own pending or running job; false when there was nothing to cancel. */
  cancel(id: string): Promise<boolean>
  /** Interrupts the own running job, or only `id` when it is the own running one. */
  interrupt(id: string | undefined): Promise<void>
}

export interface SubmitContext {
  readonly idempotencyKey: string | undefined
  readonly comfyUsageSource: string | undefined
}

export type FileRoot = 'input' | 'output' | 'temp'

/** One file as ComfyUI's HTTP interface names it. `subfolder` uses `/` and never starts or ends with it. */
export interface FileName {
  readonly root: FileRoot
  readonly subfolder: string
  readonly filename: string
}

/** An upload that ComfyUI did not store, and perhaps began to. */
export interface FailedUpload {
  readonly own: FileName
  readonly overwrites: boolean
  readonly startedAtMs: number
}

/** Translation between own names and ComfyUI's, and the tenant's own listings. */
export interface OwnFiles {
  /** Where an own file lies inside ComfyUI; undefined when the name is not, or cannot be, an own file's. */
  toUpstream(own: FileName): Promise<FileName | undefined>
  /** The own name of a file inside ComfyUI; undefined when it is not this tenant's. */
  toOwn(upstream: FileName): Promise<FileName | undefined>
  /** Own files, newest first. Temp files are not listed. */
  list(root: 'input' | 'output'): Promise<readonly FileName[]>
  /** Remembers an own file after ComfyUI accepted it. */
  recordUpload(own: FileName): Promise<void>
  /** Removes what ComfyUI left of it, where its disk is in reach. Nothing else of the tenant may be arriving. */
  discardUpload(failed: FailedUpload): Promise<void>
}

/** The user's own tree of files; the semantics of ComfyUI's user_manager.py. */
export interface OwnUserdata {
  answer(request: CanonicalRequest, body: RequestBody): Promise<Answer>
}

/** The user's own settings; the semantics of ComfyUI's app_settings.py. */
export interface OwnSettings {
  answer(request: CanonicalRequest, body: RequestBody): Promise<Answer>
}

/** Facts of the upstream that are the same for everybody, cached. */
export interface SharedFacts {
  /** `/object_info` as ComfyUI gives it, parsed per class, never changed in place. @throws comfyui_down */
  objectInfo(): Promise<ObjectInfo>
  /** Any other JSON answer of ComfyUI's, by GET. @throws comfyui_down */
  getJson(
    path: string,
    query?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly value: Json }>
}

export interface ObjectInfo {
  /** Changes when anything in `classes` changed. */
  readonly version: string
  readonly classes: ReadonlyMap<string, JsonObject>
}
