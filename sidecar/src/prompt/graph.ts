/** What is a prompt, once parsed? Nodes by own id, whose inputs are links or literals and nothing between. */
import type { Json } from '@gatehouse/shared/json'

export interface Link {
  readonly kind: 'link'
  /** Own id of the node whose output is taken. */
  readonly from: string
  readonly slot: number
}

interface Literal {
  readonly kind: 'literal'
  readonly value: Json
}

export type GraphInput = Link | Literal

export interface GraphNode {
  readonly id: string
  readonly classType: string
  readonly title: string | undefined
  readonly inputs: ReadonlyMap<string, GraphInput>
}

export type Graph = ReadonlyMap<string, GraphNode>
