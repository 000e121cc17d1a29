/** What is a published workflow, once parsed? Its graph, with the inputs whose values are free to choose. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { Graph } from './graph.ts'

export interface OpenInput {
  readonly node: string
  readonly input: string
}

export interface Published {
  readonly name: string
  readonly graph: Graph
  readonly open: readonly OpenInput[]
  /** The workflow as the page saves it, which pictures carry. */
  readonly workflow: JsonObject | undefined
}
