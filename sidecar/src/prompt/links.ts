/** Does every link lead to a node, do none lead in a circle, and is no chain too long? */
import type { GraphLimits, Refusal } from './contract.ts'
import type { Graph, GraphNode } from './graph.ts'
import { type NodeFault, refuseNodes, refusePrompt } from './refusal.ts'

/** Why the links of a graph are refused; undefined when they are in order. Looks at unreachable nodes as well. */
export function findBadLinks(graph: Graph, limits: GraphLimits): Refusal | undefined {
  const dangling = danglingLinks(graph)
  if (dangling.length > 0) return refuseNodes(dangling)
  const depths = measureDepths(graph)
  const looping = [...graph.values()].filter((node) => !depths.has(node.id))
  if (looping.length > 0) return refuseNodes(looping.map(loopFault))
  const longest = Math.max(0, ...depths.values())
  if (longest <= limits.depth) return undefined
  return refusePrompt(
    `The longest chain has ${longest} nodes, more than the limit of ${limits.depth}. Split the workflow.`,
  )
}

function danglingLinks(graph: Graph): readonly NodeFault[] {
  const faults: NodeFault[] = []
  for (const { id: nodeId, classType, inputs } of graph.values()) {
    for (const [inputName, input] of inputs) {
      if (input.kind !== 'link' || graph.has(input.from)) continue
      const sentence = `${inputName}: the link leads to node ${input.from}, which is not in the prompt. Connect it again.`
      faults.push({ nodeId, classType, inputName, sentence })
    }
  }
  return faults
}

function loopFault(node: GraphNode): NodeFault {
  const sentence = 'This node depends on a circle of links. Remove one of the links of the circle.'
  return { nodeId: node.id, classType: node.classType, sentence }
}

/** Nodes in the longest chain that ends at each node; nodes behind a circle are left out. No recursion. */
function measureDepths(graph: Graph): ReadonlyMap<string, number> {
  const waiting = new Map<string, number>()
  const readers = new Map<string, string[]>()
  for (const node of graph.values()) {
    const sources = sourcesOf(node)
    waiting.set(node.id, sources.size)
    for (const source of sources) {
      const known = readers.get(source)
      if (known === undefined) readers.set(source, [node.id])
      else known.push(node.id)
    }
  }
  const depths = new Map<string, number>()
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id)
  const reached = new Map<string, number>(ready.map((id) => [id, 1]))
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const depth = reached.get(id) ?? 1
    depths.set(id, depth)
    for (const reader of readers.get(id) ?? []) {
      reached.set(reader, Math.max(reached.get(reader) ?? 1, depth + 1))
      const left = (waiting.get(reader) ?? 0) - 1
      waiting.set(reader, left)
      if (left === 0) ready.push(reader)
    }
  }
  return depths
}

function sourcesOf(node: GraphNode): ReadonlySet<string> {
  const sources = new Set<string>()
  for (const input of node.inputs.values()) if (input.kind === 'link') sources.add(input.from)
  return sources
}
