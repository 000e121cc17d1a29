/** What does health look at? Functions, so that asking about it never opens anything. */
import type { Principal } from '@gatehouse/shared/principal'

export type WorkerState = 'up' | 'down' | 'lost' | 'stuck'

export interface HealthSources {
  /** Own jobs, waiting and running. */
  readonly queue: (principal: Principal) => Promise<number>
  /** Name of the first device of the person's own ComfyUI, and its memory in bytes; undefined while that is down. */
  readonly device: (
    principal: Principal,
  ) => Promise<{ readonly name: string; readonly vramTotal: number; readonly vramFree: number } | undefined>
  /** Whether the person's own ComfyUI runs what it accepts. */
  readonly worker: (principal: Principal) => Promise<WorkerState>
  /** Every ComfyUI by name, the default one first. */
  readonly workers: () => ReadonlyMap<string, WorkerState>
  /** `partly`: some do not answer, which concerns only those who are placed on them. */
  readonly comfyui: () => 'up' | 'partly' | 'down'
  readonly isStoreUp: () => Promise<boolean>
}
