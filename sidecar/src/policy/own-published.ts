/** What does one person do with published workflows? Sees those they may run, publishes, and takes back. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'

export interface PublishWish {
  readonly name: string
  /** For every tenant, in place of the own one. */
  readonly everybody: boolean
  /** The API format. */
  readonly prompt: JsonObject
  /** As the page saves it. */
  readonly workflow: JsonObject | undefined
  /** Inputs that stay open; undefined: texts, numbers and switches that name no file. */
  readonly open: readonly { readonly node: string; readonly input: string }[] | undefined
}

export interface PublishedFacts {
  readonly name: string
  readonly everybody: boolean
  readonly open: readonly { readonly node: string; readonly input: string }[]
  readonly createdAtMs: number
  /** JSON. */
  readonly prompt: string
  readonly workflow: string | null
}

export interface OwnPublished {
  list(principal: Principal): Promise<readonly PublishedFacts[]>
  /** @throws bad_input with the refusal of a prompt that would not run, name_taken, comfyui_down, tenant_split */
  publish(principal: Principal, wish: PublishWish): Promise<PublishedFacts>
  /** False when there was none. */
  remove(principal: Principal, place: { readonly name: string; readonly everybody: boolean }): Promise<boolean>
}
