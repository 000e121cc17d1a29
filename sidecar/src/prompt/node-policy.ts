/** May this role run these nodes? Everything that nobody has classified is refused, with the cure. */
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { Refusal } from './contract.ts'
import type { Graph, GraphNode } from './graph.ts'
import { type ClassVerdict, judgeClass, type PolicyContext } from './judge-class.ts'
import { judgeInputs, ruleFor } from './judge-inputs.ts'
import { type NodeFault, refuseAsComfyUI } from './refusal.ts'

/** The first node whose class ComfyUI does not have; undefined when it has all. */
export function findMissingClass(graph: Graph, context: PolicyContext): Refusal | undefined {
  // ComfyUI replaces old classes by new ones behind the proxy (node_replace_manager.py): a name that is not listed
  // never goes upstream.
  for (const node of graph.values()) {
    if (!context.objectInfo.classes.has(node.classType)) return missingClass(node)
  }
  return undefined
}

/** The rule of each node, and why nodes are refused. */
export function judgeNodes(
  graph: Graph,
  context: PolicyContext,
): { readonly rules: ReadonlyMap<string, NodeRule>; readonly faults: readonly NodeFault[] } {
  const verdicts = new Map<string, ClassVerdict>()
  const rules = new Map<string, NodeRule>()
  const faults: NodeFault[] = []
  for (const node of graph.values()) {
    const { id, classType } = node
    const verdict = verdicts.get(classType) ?? judgeClass(classType, context)
    verdicts.set(classType, verdict)
    const info = context.objectInfo.classes.get(classType)
    if (verdict.rule === undefined || info === undefined) {
      faults.push({ nodeId: id, classType, sentence: verdict.says })
      continue
    }
    rules.set(id, ruleFor(node, verdict.rule))
    faults.push(...judgeInputs(node, info, verdict))
  }
  return { rules, faults }
}

function missingClass(node: GraphNode): Refusal {
  const title = node.title ?? node.classType
  return refuseAsComfyUI(
    'missing_node_type',
    `Node '${title}' not found. The custom node may not be installed.`,
    `Node ID '#${node.id}'`,
    { node_id: node.id, class_type: node.classType, node_title: title },
  )
}
