/** What does the ledger need from the rest of the sidecar? Interfaces, so that it can be tested alone. */
import type { FolderKey, TenantId } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import type { RoleName } from '@gatehouse/shared/roles'
import type { Allowance } from '../limits/prompt-rate.ts'
import type { SubmitContext } from '../policy/world.ts'
import type { NormaliseResult } from '../prompt/contract.ts'
import type { JobFacts } from '../store/job-store.ts'
import type { OwnTemp } from '../transform/own-names.ts'

export interface Clock {
  nowMs(): number
  /** Runs `task` once, later; the result cancels it. Never keeps the process alive. */
  after(delayMs: number, task: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Facts for the operator's log; never a prompt, a name of a file or a secret. */
export interface LedgerLog {
  info(event: string, facts: Readonly<Record<string, string | number>>): void
  error(event: string, cause: unknown): void
}

export interface TenantRef {
  readonly id: TenantId
  readonly folderKey: FolderKey
}

/** How one tenant's names differ from ComfyUI's. */
export interface TenantNames {
  /** undefined: not a node of this tenant's. */
  ownNode(upstreamNode: string): string | undefined
  ownText(text: string): string
  /** A history entry's `outputs`, node id to `ui` dictionary; what is not own is left out. */
  ownOutputs(outputs: JsonObject, ownTemp: OwnTemp): JsonObject
  /** ComfyUI's refusal, or the `node_errors` of an acceptance: `{error, node_errors}` in own names. */
  ownRefusal(refusal: JsonObject): JsonObject
}

/** Judges and rebuilds one `POST /prompt`. @throws comfyui_down */
export type Normalise = (body: Json, principal: Principal, context: SubmitContext) => Promise<NormaliseResult>

export interface JobLimits {
  /** Own jobs that may wait at once. */
  readonly maxPendingCount: number
  /** 2 gets twice the turns of 1. */
  readonly weight: number
}

export type LimitsOf = (role: RoleName) => JobLimits

/** Whether somebody may run prompts at this moment: their rights, or their credential, may have ended since the request was let in. */
export type MayStillRun = (principal: Principal) => Promise<boolean>

/** Why a job must not go on; `sparesRunning`: one that runs may. */
export interface Stop {
  /** What the owner of a job that runs reads. */
  readonly message: string
  readonly sparesRunning: boolean
}

/** Undefined for a job that may go on. */
export type JudgeJob = (job: JobFacts) => Promise<Stop | undefined>

/** Whether somebody may queue another prompt now. Called once for each that is not a repetition. */
export type TakePromptTurn = (principal: Principal) => Allowance
