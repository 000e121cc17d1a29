/** Is a prompt accepted, and how is it refused? (`execution.py:validate_prompt`) */
import type { Directories } from '../directories.ts'
import { type NodeClass, PythonError } from '../nodes/node-class.ts'
import { pythonStr } from '../python/dump-json.ts'
import { dict, isDict, type PythonDict, type PythonValue } from '../python/values.ts'
import { problem } from './problem.ts'
import { pythonTraceback } from './traceback.ts'
import { type Judgement, validateNode } from './validate-node.ts'

export interface ValidationWorld {
  readonly catalogue: ReadonlyMap<string, NodeClass>
  readonly directories: Directories
}

export type Validation =
  | { readonly valid: true; readonly outputs: readonly string[]; readonly nodeErrors: PythonDict }
  | { readonly valid: false; readonly error: PythonDict; readonly nodeErrors: PythonDict }

/** @throws what Python would raise outside its own handlers, answered with 500 */
export function validatePrompt(world: ValidationWorld, prompt: PythonDict, targets: PythonValue): Validation {
  const outputs: string[] = []
  for (const [nodeId, node] of prompt) {
    if (!isDict(node)) throw new PythonError('AttributeError', 'a node is no dict')
    const className = node.get('class_type')
    if (className === undefined) return refused(missingType(nodeId, node))
    if (Array.isArray(className) || isDict(className)) throw new PythonError('TypeError', 'unhashable type')
    const nodeClass = typeof className === 'string' ? world.catalogue.get(className) : undefined
    if (nodeClass === undefined) return refused(unknownType(nodeId, node, className))
    if (nodeClass.isOutput && isTarget(nodeId, targets)) outputs.push(nodeId)
  }
  if (outputs.length === 0) return refused(problem('prompt_no_outputs', 'Prompt has no outputs', ''))
  return judgeOutputs(world, prompt, outputs)
}

function judgeOutputs(world: ValidationWorld, prompt: PythonDict, outputs: readonly string[]): Validation {
  const judged = new Map<string, Judgement>()
  const good: string[] = []
  const sentences: string[] = []
  const nodeErrors = new Map<string, { errors: readonly PythonDict[]; dependents: string[] }>()
  for (const output of outputs) {
    const verdict = judgeOutput(world, prompt, output, judged)
    if (verdict.valid) {
      good.push(output)
      continue
    }
    sentences.push(...verdict.reasons.map((reason) => `${textOf(reason, 'message')}: ${textOf(reason, 'details')}`))
    // Everything judged so far is named again, also what belongs to earlier outputs.
    for (const [nodeId, { valid, reasons }] of judged) {
      if (valid || reasons.length === 0) continue
      const entry = nodeErrors.get(nodeId) ?? { errors: reasons, dependents: [] }
      entry.dependents.push(output)
      nodeErrors.set(nodeId, entry)
    }
  }
  const shown: PythonDict = new Map()
  for (const [nodeId, { errors, dependents }] of nodeErrors) {
    const node = prompt.get(nodeId)
    const className = isDict(node) ? (node.get('class_type') ?? null) : null
    shown.set(nodeId, dict({ errors, dependent_outputs: dependents, class_type: className }))
  }
  if (good.length > 0) return { valid: true, outputs: good, nodeErrors: shown }
  const error = problem('prompt_outputs_failed_validation', 'Prompt outputs failed validation', sentences.join('\n'))
  return { valid: false, error, nodeErrors: shown }
}

function judgeOutput(
  world: ValidationWorld,
  prompt: PythonDict,
  output: string,
  judged: Map<string, Judgement>,
): Judgement {
  try {
    return validateNode({ ...world, prompt, judged, visiting: [] }, output)
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error)
    const exceptionType = error instanceof PythonError ? error.pythonType : 'Exception'
    const traceback = pythonTraceback(
      world.directories,
      'validate_prompt',
      'm = await validate_inputs(prompt_id, prompt, o)',
    )
    const extra = { exception_type: exceptionType, traceback }
    const reasons = [problem('exception_during_validation', 'Exception when validating node', told, extra)]
    const verdict = { valid: false, reasons }
    judged.set(output, verdict)
    return verdict
  }
}

function refused(error: PythonDict): Validation {
  return { valid: false, error, nodeErrors: new Map() }
}

function missingType(nodeId: string, node: PythonDict): PythonDict {
  const title = titleOf(node) ?? null
  const shown = title === null || title === '' ? `ID #${nodeId}` : pythonStr(title)
  const message = `Node '${shown}' has no class_type. The workflow may be corrupted or a custom node is missing.`
  const extra = { node_id: nodeId, class_type: null, node_title: title }
  return problem('missing_node_type', message, `Node ID '#${nodeId}'`, extra)
}

function unknownType(nodeId: string, node: PythonDict, className: PythonValue): PythonDict {
  const title = titleOf(node) ?? className
  const message = `Node '${pythonStr(title)}' not found. The custom node may not be installed.`
  const extra = { node_id: nodeId, class_type: className, node_title: title }
  return problem('missing_node_type', message, `Node ID '#${nodeId}'`, extra)
}

function titleOf(node: PythonDict): PythonValue | undefined {
  const meta = node.get('_meta') ?? new Map()
  if (!isDict(meta)) throw new PythonError('AttributeError', "'_meta' has no attribute 'get'")
  return meta.get('title')
}

// `x in partial_execution_list`: membership for lists and dictionaries, substring for text.
function isTarget(nodeId: string, targets: PythonValue): boolean {
  if (targets === null) return true
  if (typeof targets === 'string' || Array.isArray(targets)) return targets.includes(nodeId)
  if (isDict(targets)) return targets.has(nodeId)
  throw new PythonError('TypeError', 'argument is not iterable')
}

function textOf(reason: PythonDict, key: string): string {
  return pythonStr(reason.get(key) ?? '')
}
