/** Which nodes carry the tenant's salt, so that no result in ComfyUI's cache is shared? */
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { GraphNode } from './graph.ts'

/** An input that no class declares: it changes the cache key and reaches no function (caching.py, 0.33.0). */
export const saltInput = '_gatehouse'

/**
 * Every node but those that would hand the salt to their function, and model loaders whose inputs are all literal: a
 * model that one tenant loaded stays loaded for the next.
 */
export function needsSalt(node: GraphNode, rule: NodeRule): boolean {
  if (rule.acceptsAnyInput) return false
  return !rule.loader || [...node.inputs.values()].some((input) => input.kind === 'link')
}
