/** Which workflows may somebody run who may run nothing else? Graphs that were published, with the inputs that stay open. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'

/** An input of a node, by the node's own id. */
export interface OpenInput {
  readonly node: string
  readonly input: string
}

/** For one tenant; undefined: for everybody. */
export interface PublishedPlace {
  readonly tenantId: TenantId | undefined
  readonly name: string
}

export interface PublishedWorkflow extends PublishedPlace {
  /** Of this text: published again, it has another one. */
  readonly id: string
  readonly publisherId: UserId
  /** JSON: the graph in the API format, in own names. */
  readonly prompt: string
  readonly open: readonly OpenInput[]
  /** JSON: the workflow as the page saves it; null where none was given. */
  readonly workflow: string | null
  readonly createdAtMs: number
}

export type NewPublishedWorkflow = Omit<PublishedWorkflow, 'id' | 'createdAtMs'>

export interface PublishedWorkflows {
  /** Of every tenant, and everybody's; by name. */
  list(): Promise<readonly PublishedWorkflow[]>
  /** The tenant's own, then everybody's; by name. */
  visibleTo(tenantId: TenantId): Promise<readonly PublishedWorkflow[]>
  /** How many there are in one place. */
  count(tenantId: TenantId | undefined): Promise<number>
  /** @throws name_taken */
  add(workflow: NewPublishedWorkflow): Promise<PublishedWorkflow>
  /** False when there was none. */
  remove(place: PublishedPlace): Promise<boolean>
}
