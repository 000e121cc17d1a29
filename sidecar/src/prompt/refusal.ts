/** How is a prompt refused so that the stock UI shows the sentence? (frontend section 4) */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Refusal } from './contract.ts'

/** What is wrong with one node, in a sentence that names the cure. */
export interface NodeFault {
  readonly nodeId: string
  readonly classType: string
  readonly sentence: string
  readonly inputName?: string
}

/** A refusal about the whole prompt: the UI shows `message` and nothing else. */
export function refusePrompt(message: string, type = 'prompt_refused', status: 400 | 403 = 400): Refusal {
  return refuse(status, { type, message, details: message, extra_info: {} })
}

/** A refusal in words of ComfyUI's own, where the UI knows the type. */
export function refuseAsComfyUI(type: string, message: string, details = '', extraInfo: JsonObject = {}): Refusal {
  return refuse(400, { type, message, details, extra_info: extraInfo })
}

/**
 * A refusal about nodes: the UI shows `details` of this one error type at the node. Older UIs show every
 * `message: details`, so both are filled.
 */
export function refuseNodes(faults: readonly NodeFault[]): Refusal {
  const byNode = new Map<string, NodeFault[]>()
  for (const fault of faults) byNode.set(fault.nodeId, [...(byNode.get(fault.nodeId) ?? []), fault])
  const nodeErrors = [...byNode].map(([id, own]) => [
    id,
    { errors: own.map(nodeError), dependent_outputs: [], class_type: own[0]?.classType ?? '' },
  ])
  const error = {
    type: 'prompt_outputs_failed_validation',
    message: 'Prompt outputs failed validation',
    details: faults.map((fault) => fault.sentence).join('\n'),
    extra_info: {},
  }
  return { ok: false, status: 400, value: { error, node_errors: Object.fromEntries(nodeErrors) } }
}

function nodeError(fault: NodeFault): JsonObject {
  const extraInfo = fault.inputName === undefined ? {} : { input_name: fault.inputName }
  return {
    type: 'exception_during_validation',
    message: 'Not accepted',
    details: fault.sentence,
    extra_info: extraInfo,
  }
}

function refuse(status: 400 | 403, error: Json): Refusal {
  return { ok: false, status, value: { error, node_errors: {} } }
}
