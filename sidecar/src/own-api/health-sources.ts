/** What does health look at? Functions, so that asking about it never opens anything. */
import type { Principal } from '@gatehouse/shared/principal'

export interface HealthSources {
  /** Own jobs, waiting and running. */
  readonly queue: (principal: Principal) => Promise<number>
  /** Name of the first device and its memory in bytes; undefined while ComfyUI is down. */
  readonly device: () => Promise<
    { readonly name: string; readonly vramTotal: number; readonly vramFree: number } | undefined
  >
  readonly isComfyuiUp: () => Promise<boolean>
  /** Whether ComfyUI runs what it accepts. */
  readonly worker: () => 'up' | 'down' | 'lost' | 'stuck'
  readonly isStoreUp: () => Promise<boolean>
}
