/** Which nodes run? The outputs that were chosen and whatever they need; ComfyUI leaves the rest of a graph alone. */
import type { Graph, GraphNode } from './graph.ts'

/**
 * The part of a graph that `outputs` lead back to (execution.py ExecutionList, 0.33.0). Links of nodes that turn out
 * not to be needed, as those of a switch, count all the same.
 */
export function needed(outputs: readonly string[], graph: Graph): Graph {
  const reached = new Set<string>(outputs)
  // A set is walked on into what is added meanwhile.
  for (const id of reached) {
    for (const input of graph.get(id)?.inputs.values() ?? []) if (input.kind === 'link') reached.add(input.from)
  }
  const part = new Map<string, GraphNode>()
  for (const [id, node] of graph) if (reached.has(id)) part.set(id, node)
  return part
}
