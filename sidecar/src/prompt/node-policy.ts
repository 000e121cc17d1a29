/** May this role run these node classes? Everything that nobody has classified is refused, with the cure. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { mayRole } from '@gatehouse/shared/roles'
import { findAdmissions, namesExactly } from './catalogue/admissions.ts'
import { coreClasses, isCoreModule } from './catalogue/core-classes.ts'
import { guessFields } from './catalogue/guess-fields.ts'
import { type NodeAdmissions, type NodeRule, rule } from './catalogue/vocabulary.ts'
import type { NormaliseContext, Refusal } from './contract.ts'
import type { Graph, GraphNode } from './graph.ts'
import { type NodeFault, refuseAsComfyUI } from './refusal.ts'

export type PolicyContext = Pick<NormaliseContext, 'objectInfo' | 'admitted' | 'role'>

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
  const rules = new Map<string, NodeRule>()
  const faults: NodeFault[] = []
  for (const node of graph.values()) {
    const verdict = judgeClass(node.classType, context)
    if (typeof verdict === 'string') faults.push({ nodeId: node.id, classType: node.classType, sentence: verdict })
    else rules.set(node.id, verdict)
  }
  return { rules, faults }
}

/** The rule of a class for a role, or the sentence of its refusal. */
function judgeClass(classType: string, context: PolicyContext): NodeRule | string {
  const info = context.objectInfo.classes.get(classType)
  if (info === undefined) return `${classType} is not a node class of this server.`
  const core = isCoreModule(info.python_module) ? coreClasses.get(classType) : undefined
  const admissions = findAdmissions(context.admitted, classType, packOf(info.python_module), context.role)
  const known = admissions.length === 0 ? core : admitted(core, info, admissions)
  if (core === undefined) return known ?? unclassified(classType)
  switch (core.policy) {
    case 'open':
      return core
    case 'network':
      return known !== undefined && (admissions.length > 0 || mayRole(context.role, 'nodes:partner'))
        ? known
        : `${classType} sends its inputs to Comfy.org, which your role does not allow. Ask an administrator.`
    case 'unbounded':
      return admissions.length > 0 && known !== undefined ? known : refusedCore(classType, core)
    case 'denied':
      return known !== undefined && admissions.some((entry) => namesExactly(entry, classType))
        ? known
        : refusedCore(classType, core)
    default:
      return core.policy satisfies never
  }
}

function admitted(core: NodeRule | undefined, info: JsonObject, admissions: NodeAdmissions): NodeRule {
  const fields = admissions.map((entry) => entry.fields ?? {})
  return rule({
    ...core,
    fields: Object.assign({}, guessFields(info), core?.fields, ...fields),
    acceptsAnyInput: core?.acceptsAnyInput === true || admissions.some((entry) => entry.acceptsAnyInput === true),
  })
}

function unclassified(classType: string): string {
  return `${classType} comes from a custom node pack that nobody has admitted here. Ask the operator to admit it under nodes.admit.`
}

function refusedCore(classType: string, core: NodeRule): string {
  return `${core.because ?? ''} An operator can admit ${classType} under nodes.admit.`
}

function packOf(pythonModule: Json | undefined): string | undefined {
  const prefix = 'custom_nodes.'
  if (typeof pythonModule !== 'string' || !pythonModule.startsWith(prefix)) return undefined
  return pythonModule.slice(prefix.length)
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
