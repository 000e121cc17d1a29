/** Are the inputs of one node, and of all it needs, acceptable? (`execution.py:validate_inputs`) */
import type { Directories } from '../directories.ts'
import { type InputType, type NodeClass, PythonError } from '../nodes/node-class.ts'
import { pythonRepr, pythonStr } from '../python/dump-json.ts'
import { asNumber, isDict, type PythonDict, type PythonValue } from '../python/values.ts'
import { coerceInput } from './coerce-input.ts'
import { problem } from './problem.ts'
import { pythonTraceback } from './traceback.ts'

export interface Judgement {
  readonly valid: boolean
  readonly reasons: readonly PythonDict[]
}

export interface NodeValidation {
  readonly catalogue: ReadonlyMap<string, NodeClass>
  readonly directories: Directories
  readonly prompt: PythonDict
  readonly judged: Map<string, Judgement>
  readonly visiting: readonly string[]
}

/** Coerced values are written back into the prompt. @throws PythonError where Python's own handler sits further out */
export function validateNode(world: NodeValidation, nodeId: string): Judgement {
  const known = world.judged.get(nodeId)
  if (known !== undefined) return known
  if (world.visiting.includes(nodeId)) return judgeCycle(world, nodeId)
  const inputs = memberOf(nodeOf(world.prompt, nodeId), 'inputs')
  if (!isDict(inputs)) throw new PythonError('AttributeError', 'inputs are no dict')
  const nodeClass = classOf(world, nodeId)
  const reasons: PythonDict[] = []
  let valid = true
  for (const [name, type] of nodeClass.inputTypes(world.directories)) {
    const value = inputs.get(name)
    if (value === undefined) {
      if (type.required) reasons.push(missingInput(name))
    } else if (Array.isArray(value)) {
      const outcome = judgeLink(world, nodeId, name, type, value)
      if (outcome === 'invalid above') valid = false
      else if (outcome !== 'good') reasons.push(outcome)
    } else {
      const reason = judgeConstant(nodeClass, inputs, name, type, value)
      if (reason !== undefined) reasons.push(reason)
    }
  }
  reasons.push(...ownValidation(world, nodeClass, inputs))
  const earlier = world.judged.get(nodeId) ?? { valid: true, reasons: [] }
  const verdict = {
    valid: earlier.valid && valid && reasons.length === 0,
    reasons: [...earlier.reasons, ...reasons],
  }
  world.judged.set(nodeId, verdict)
  return verdict
}

function judgeCycle(world: NodeValidation, nodeId: string): Judgement {
  const path = [...world.visiting.slice(world.visiting.indexOf(nodeId)), nodeId]
  const nodes = [...new Set(path)]
  const shown = path.map((id) => `${id} (${classOf(world, id).name})`).join(' -> ')
  for (const id of nodes) {
    const extra = { node_id: id, cycle_nodes: nodes }
    const reasons = [problem('dependency_cycle', 'Dependency cycle detected', shown, extra)]
    world.judged.set(id, { valid: false, reasons })
  }
  return world.judged.get(nodeId) ?? { valid: false, reasons: [] }
}

function judgeLink(
  world: NodeValidation,
  nodeId: string,
  name: string,
  type: InputType,
  link: PythonValue[],
): PythonDict | 'good' | 'invalid above' {
  const shared = { input_name: name, input_config: type.config }
  if (link.length !== 2) {
    const message = 'Bad linked input, must be a length-2 list of [node_id, slot_index]'
    return problem('bad_linked_input', message, name, { ...shared, received_value: link })
  }
  const [source = null, slot = null] = link
  const received = outputType(classOf(world, sourceId(world.prompt, source)), slot)
  if (!typesMeet(received, type.type)) {
    const details = `${name}, received_type(${received}) mismatch input_type(${pythonStr(type.type)})`
    const extra = { ...shared, received_type: received, linked_node: link }
    return problem('return_type_mismatch', 'Return type mismatch between linked nodes', details, extra)
  }
  const above = sourceId(world.prompt, source)
  try {
    const verdict = validateNode({ ...world, visiting: [...world.visiting, nodeId] }, above)
    return verdict.valid ? 'good' : 'invalid above'
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error)
    const extra = {
      ...shared,
      exception_message: told,
      exception_type: error instanceof PythonError ? error.pythonType : 'Exception',
      traceback: pythonTraceback(
        world.directories,
        'validate_inputs',
        'r = await validate_inputs(prompt_id, prompt, o_id)',
      ),
      linked_node: link,
    }
    const message = 'Exception when validating inner node'
    world.judged.set(above, {
      valid: false,
      reasons: [problem('exception_during_inner_validation', message, told, extra)],
    })
    return 'invalid above'
  }
}

function judgeConstant(
  nodeClass: NodeClass,
  inputs: PythonDict,
  name: string,
  type: InputType,
  given: PythonValue,
): PythonDict | undefined {
  const wrapped = isDict(given) ? given.get('__value__') : undefined
  const unwrapped = wrapped === undefined ? given : wrapped
  inputs.set(name, unwrapped)
  const coerced = coerceInput(type.type, unwrapped)
  const shared = { input_name: name, input_config: type.config, received_value: unwrapped }
  if ('refusal' in coerced) {
    const message = `Failed to convert an input value to a ${pythonStr(type.type)} value`
    const details = `${name}, ${pythonStr(unwrapped)}, ${coerced.refusal}`
    return problem('invalid_input_type', message, details, { ...shared, exception_message: coerced.refusal })
  }
  const { value } = coerced
  inputs.set(name, value)
  if (nodeClass.validates?.includes(name) === true) return undefined
  return judgeRange(name, type, value) ?? judgeChoice(name, type, value)
}

function judgeRange(name: string, type: InputType, value: PythonValue): PythonDict | undefined {
  const extra = { input_name: name, input_config: type.config, received_value: value }
  const [min, max] = [type.options.get('min'), type.options.get('max')]
  if (min !== undefined && compare(value, min) < 0) {
    const message = `Value ${pythonStr(value)} smaller than min of ${pythonStr(min)}`
    return problem('value_smaller_than_min', message, name, extra)
  }
  if (max !== undefined && compare(value, max) > 0) {
    const message = `Value ${pythonStr(value)} bigger than max of ${pythonStr(max)}`
    return problem('value_bigger_than_max', message, name, extra)
  }
  return undefined
}

function judgeChoice(name: string, type: InputType, value: PythonValue): PythonDict | undefined {
  const choices = type.type === 'COMBO' ? (type.options.get('options') ?? []) : type.type
  if (!Array.isArray(choices) || choices.includes(value)) return undefined
  const many = choices.length > 20
  const shown = many ? `(list of length ${choices.length})` : pythonRepr(choices)
  return problem('value_not_in_list', 'Value not in list', `${name}: ${pythonRepr(value)} not in ${shown}`, {
    input_name: name,
    input_config: many ? null : type.config,
    received_value: value,
  })
}

/** The class' own validator. Links arrive as None. */
function ownValidation(world: NodeValidation, nodeClass: NodeClass, inputs: PythonDict): PythonDict[] {
  const { validate, validates = [] } = nodeClass
  if (validate === undefined) return []
  const taken = validates.flatMap((name): [string, PythonValue][] => {
    const value = inputs.get(name)
    return value === undefined ? [] : [[name, Array.isArray(value) ? null : value]]
  })
  const verdict = validate(new Map(taken), world.directories)
  if (verdict === true) return []
  return taken.map(([name]) =>
    problem('custom_validation_failed', 'Custom validation failed for node', `${name} - ${verdict}`, {
      input_name: name,
    }),
  )
}

function typesMeet(received: string, wanted: PythonValue): boolean {
  if (received === wanted || received === '*' || wanted === '*') return true
  if (typeof wanted !== 'string') return false
  const wantedTypes = wanted.split(',').map((one) => one.trim())
  return received.split(',').some((one) => wantedTypes.includes(one.trim()))
}

function missingInput(name: string): PythonDict {
  return problem('required_input_missing', 'Required input is missing', name, { input_name: name })
}

function outputType(nodeClass: NodeClass, slot: PythonValue): string {
  const index = typeof slot === 'number' ? slot : undefined
  if (index === undefined) {
    const kind = typeof slot === 'string' ? 'str' : slot === null ? 'NoneType' : 'float'
    throw new PythonError('TypeError', `tuple indices must be integers or slices, not ${kind}`)
  }
  const found = nodeClass.returnTypes.at(index)
  if (found === undefined) throw new PythonError('IndexError', 'tuple index out of range')
  return found
}

function sourceId(prompt: PythonDict, source: PythonValue): string {
  if (Array.isArray(source)) throw new PythonError('TypeError', "unhashable type: 'list'")
  if (isDict(source)) throw new PythonError('TypeError', "unhashable type: 'dict'")
  if (typeof source !== 'string' || !prompt.has(source)) throw new PythonError('KeyError', pythonRepr(source))
  return source
}

function classOf(world: NodeValidation, nodeId: string): NodeClass {
  const className = memberOf(nodeOf(world.prompt, nodeId), 'class_type')
  const found = typeof className === 'string' ? world.catalogue.get(className) : undefined
  if (found === undefined) throw new PythonError('KeyError', pythonRepr(className))
  return found
}

function nodeOf(prompt: PythonDict, nodeId: string): PythonDict {
  const node = prompt.get(nodeId)
  if (!isDict(node)) throw new PythonError('KeyError', pythonRepr(nodeId))
  return node
}

function memberOf(node: PythonDict, key: string): PythonValue {
  const value = node.get(key)
  if (value === undefined) throw new PythonError('KeyError', pythonRepr(key))
  return value
}

/** Whole numbers of any size compare exactly. */
function compare(value: PythonValue, limit: PythonValue): number {
  const [a, b] = [asNumber(value), asNumber(limit)]
  if (a === undefined || b === undefined) return 0
  if (typeof value === 'bigint' && typeof limit === 'bigint') return value < limit ? -1 : Number(value > limit)
  return a < b ? -1 : Number(a > b)
}
