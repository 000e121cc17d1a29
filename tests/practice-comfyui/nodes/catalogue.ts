/** Which node classes does the practice ComfyUI have? The recorded /object_info entries joined with what each does. */
import { readFileSync } from 'node:fs'
import type { Directories } from '../directories.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { deepCopy, dict, isDict, type Plain, type PythonDict, type PythonValue, python } from '../python/values.ts'
import { imageNodes } from './image-nodes.ts'
import { latentAndAudioNodes } from './latent-audio-nodes.ts'
import { loadNodes } from './load-nodes.ts'
import type { InputType, NodeBehaviour, NodeClass } from './node-class.ts'
import { practiceSteps } from './practice-steps.ts'
import { saveNodes } from './save-nodes.ts'
import { textNodes } from './text-nodes.ts'

const behaviours: Readonly<Record<string, NodeBehaviour>> = {
  ...imageNodes,
  ...saveNodes,
  ...loadNodes,
  ...textNodes,
  ...latentAndAudioNodes,
  PracticeSteps: practiceSteps,
}

/** Recorded from ComfyUI 0.33.0, the classes below only, in its own order. */
const recorded = parsePythonJson(
  readFileSync(new URL('../../fixtures/object-info.practice.json', import.meta.url), 'utf8'),
)

/** A class that one test adds: its entry in /object_info, and what it does. */
export interface AddedClass {
  readonly info: Plain
  readonly behaviour: NodeBehaviour
}

export function createCatalogue(added: Readonly<Record<string, AddedClass>> = {}): ReadonlyMap<string, NodeClass> {
  if (!isDict(recorded)) throw new TypeError('the recorded object_info is no object')
  const classes = new Map<string, NodeClass>()
  for (const [name, info] of recorded) {
    const behaviour = behaviours[name]
    if (behaviour === undefined || !isDict(info)) throw new TypeError(`no behaviour for the recorded class ${name}`)
    classes.set(name, createNodeClass(name, info, behaviour))
  }
  for (const [name, { info, behaviour }] of Object.entries(added)) {
    const entry = python(info)
    if (isDict(entry)) classes.set(name, createNodeClass(name, entry, behaviour))
  }
  return classes
}

function createNodeClass(name: string, recordedInfo: PythonDict, behaviour: NodeBehaviour): NodeClass {
  const info = (directories: Directories) => withOptions(recordedInfo, behaviour.options?.(directories))
  const returnTypes = listOf(recordedInfo.get('output')).map(String)
  return {
    ...behaviour,
    name,
    isOutput: recordedInfo.get('output_node') === true,
    usesUniqueId: inputGroup(recordedInfo, 'hidden').has('unique_id'),
    returnTypes,
    info,
    inputTypes: (directories) => inputTypesOf(info(directories)),
  }
}

// V1 combos carry their list in first place, V3 ones in `options`.
function withOptions(
  recordedInfo: PythonDict,
  options: ReadonlyMap<string, readonly string[]> | undefined,
): PythonDict {
  const info = deepCopy(recordedInfo)
  for (const [input, names] of options ?? []) {
    const spec = listOf(inputGroup(info, 'required').get(input))
    if (Array.isArray(spec[0])) spec[0] = [...names]
    else if (isDict(spec[1])) spec[1].set('options', [...names])
  }
  return info
}

function inputTypesOf(info: PythonDict): ReadonlyMap<string, InputType> {
  const types = new Map<string, InputType>()
  for (const group of ['required', 'optional']) {
    for (const [input, spec] of inputGroup(info, group)) {
      const [type = null, options] = listOf(spec)
      const known = isDict(options) ? options : dict({})
      types.set(input, { required: group === 'required', type, options: known, config: [type, known] })
    }
  }
  return types
}

function inputGroup(info: PythonDict, group: string): PythonDict {
  const inputs = info.get('input')
  const found = isDict(inputs) ? inputs.get(group) : undefined
  return isDict(found) ? found : dict({})
}

function listOf(value: PythonValue | undefined): PythonValue[] {
  return Array.isArray(value) ? value : []
}
