/** How is an attack written down? An id, who tries, what they try, and a control that succeeds for the one who may. */
import type { World, WorldOptions } from '../support/world.ts'
import type { Actor } from './actor.ts'

/** Of docs/threat-model.md, `A01` to `A58`. */
export type AttackId = `A${number}`

export type Who = 'anonymous' | 'guest' | 'other tenant' | 'admin' | 'same tenant' | 'owner'

export const everybody: readonly Who[] = ['anonymous', 'guest', 'other tenant', 'admin']

/** Everybody with an account of their own. */
export const accounts: readonly Who[] = ['guest', 'other tenant', 'admin']

/** Everybody who may run something. */
export const runners: readonly Who[] = ['other tenant', 'admin']

export const prefixes = ['', '/api'] as const
export type Prefix = (typeof prefixes)[number]

/** What the victim owns when an attack begins. Names hold `jewel`, contents hold `sceptre`; no attacker may read either. */
export interface Treasure {
  /** A finished job of hers, with `jewel-output_00001_.png`. */
  readonly jobId: string
  readonly previewName: string
}

/** One attempt by one attacker on one side of `/api`; the victim acts on the same side. */
export interface Scene {
  readonly world: World
  readonly prefix: Prefix
  readonly attacker: Actor
  readonly victim: Actor
  readonly owner: Actor
  readonly treasure: Treasure
  /** What reached ComfyUI since the attempt began, beside what the sidecar asks by itself: `METHOD url body`. */
  forwarded(): readonly string[]
}

/** A fetched answer, a socket that opened (101), or anything else with the status of a success. */
export interface Done {
  readonly status: number
}

export interface Attack {
  readonly id: AttackId
  readonly what: string
  readonly by: readonly Who[]
  readonly attempt: (scene: Scene) => Promise<void>
  /**
   * The vacuity guard: what the attack is after exists, and the request is one that succeeds for the one who may. Runs
   * after each attempt, so that it tells damage, too.
   */
  readonly control: (scene: Scene) => Promise<Done | readonly Done[]>
}

/** How a failure begins that came after the attempt, which itself was refused. */
export const controlFailed = 'after the attempt:'

export interface AttackParts {
  readonly by?: readonly Who[]
  readonly attempt: Attack['attempt']
  readonly control: Attack['control']
}

export function attack(id: AttackId, what: string, { by = everybody, attempt, control }: AttackParts): Attack {
  return { id, what, by, attempt, control }
}

/** Attacks that share a world. */
export interface Family {
  readonly name: string
  readonly world?: WorldOptions
  readonly attacks: readonly Attack[]
}
