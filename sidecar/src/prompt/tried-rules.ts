/** What would rules refuse that only report? The same judgements as of rules that hold, of a graph that passed those. */
import type { NormaliseContext } from './contract.ts'
import type { FoldText } from './fold-text.ts'
import type { Graph } from './graph.ts'
import { judgeClass } from './judge-class.ts'
import type { RebuildOptions } from './rebuild.ts'
import { findRefusedModels } from './role-models.ts'

export interface Passed {
  readonly graph: Graph
  readonly rules: RebuildOptions['rules']
  readonly fold: FoldText
}

export function reportTriedRules(passed: Passed, context: NormaliseContext): void {
  const { tried } = context
  if (tried === undefined) return
  const { graph } = passed
  const classes = new Set([...graph.values()].map(({ classType }) => classType))
  const refused = [...classes].filter(
    (classType) => judgeClass(classType, { ...context, forRole: tried.forRole }).by === 'roles.nodes',
  )
  if (refused.length > 0) tried.note('role-nodes', refused.join(', '))
  const models = findRefusedModels({ ...context, ...passed, models: tried.forRole.models })
  const inputs = new Set(models.map(({ classType, inputName }) => `${classType}.${inputName ?? ''}`))
  if (inputs.size > 0) tried.note('role-models', [...inputs].join(', '))
}
