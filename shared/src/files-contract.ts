/** What do requests and answers about own files and the disk look like? Shapes only; both sides import them. */

/** An own file on ComfyUI's disk, as `/view` names it. */
export interface OwnFileName {
  readonly root: 'input' | 'output'
  readonly subfolder: string
  readonly filename: string
}

export interface OwnFileSummary extends OwnFileName {
  readonly bytes: number
  /** ISO 8601. */
  readonly modifiedAt: string
}

/** `GET /files?root=input|output`, newest first; `limit` up to 1000, `after` is the `next` of the page before. */
export interface OwnFilePage {
  readonly files: readonly OwnFileSummary[]
  /** Null on the last page. */
  readonly next: string | null
}

/** `DELETE /files`: up to 100 at once. */
export interface DeleteFilesRequest {
  readonly files: readonly OwnFileName[]
}

/** One result for each file, in order. Somebody else's file is absent. */
export interface DeleteFilesResult {
  readonly files: readonly (OwnFileName & { readonly result: 'deleted' | 'absent' })[]
}

export interface DiskUsage {
  readonly files: number
  readonly bytes: number
}

/** `GET /usage`: what the own tenant keeps on ComfyUI's disk. */
export interface TenantUsage {
  readonly tenant: string
  readonly input: DiskUsage
  readonly output: DiskUsage
  /** Previews, until ComfyUI restarts; null where `files.temp_dir` is not named. */
  readonly temp: DiskUsage | null
}

export interface UnmeasuredUsage {
  readonly what: 'input' | 'output' | 'temp'
  /** As in `ApiError`. */
  readonly type: string
  readonly message: string
}

/** One tenant's, of which a part may be unknown: then it is null, and `unmeasured` says why. */
export interface MeasuredUsage {
  readonly tenant: string
  readonly input: DiskUsage | null
  readonly output: DiskUsage | null
  /** Null, too, where `files.temp_dir` is not named. */
  readonly temp: DiskUsage | null
  /** Empty when nothing failed. */
  readonly unmeasured: readonly UnmeasuredUsage[]
}

/** `GET /admin/usage`: every tenant's, for `admin:users`; also of those in which nobody is left. */
export type AllUsage = readonly MeasuredUsage[]
