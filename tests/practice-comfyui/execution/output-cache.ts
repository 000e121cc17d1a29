/** Which node results are kept for the next prompt? Keyed by what a node computes, not by who asked. */

import type { NodeClass, NodeValue } from '../nodes/node-class.ts'
import { dumpPythonJson } from '../python/dump-json.ts'
import { isDict, isLink, type PythonDict, type PythonValue } from '../python/values.ts'

export interface CacheEntry {
  /** Sent again as it is, file names of whoever ran it first included. */
  readonly ui: NodeUi | undefined
  readonly outputs: readonly NodeValue[]
}
export interface NodeUi {
  readonly meta: PythonDict
  readonly output: PythonDict
}

export interface OutputCache {
  /** Takes the keys of a prompt; instances of nodes it does not have are dropped. @throws like Python on odd graphs */
  readonly setPrompt: (prompt: PythonDict, isChanged: (nodeId: string) => string) => void
  readonly get: (nodeId: string) => CacheEntry | undefined
  readonly set: (nodeId: string, entry: CacheEntry) => void
  /** The RAM-pressure cache drops what this prompt does not use, once it runs a node. */
  readonly dropInactive: () => void
  readonly instance: (nodeId: string, className: string) => Map<string, string>
  readonly clear: () => void
}

/** `keepsAll`: nothing is ever dropped, results and node instances alike, as if memory had no end. */
export function createOutputCache(
  catalogue: ReadonlyMap<string, NodeClass>,
  { keepsAll = false }: { readonly keepsAll?: boolean } = {},
): OutputCache {
  const entries = new Map<string, CacheEntry>()
  const instances = new Map<string, Map<string, string>>()
  let keys = new Map<string, string>()
  return {
    setPrompt: (prompt, isChanged) => {
      const next = new Map<string, string>()
      for (const nodeId of prompt.keys()) next.set(nodeId, signature(prompt, nodeId, catalogue, isChanged))
      keys = next
      if (keepsAll) return
      const used = new Set([...prompt.keys()].map((nodeId) => instanceKey(nodeId, classNameOf(prompt, nodeId))))
      for (const key of instances.keys()) if (!used.has(key)) instances.delete(key)
    },
    get: (nodeId) => entries.get(keys.get(nodeId) ?? ''),
    set: (nodeId, entry) => {
      entries.set(keys.get(nodeId) ?? '', entry)
    },
    dropInactive: () => {
      if (keepsAll) return
      const active = new Set(keys.values())
      for (const key of entries.keys()) if (!active.has(key)) entries.delete(key)
    },
    instance: (nodeId, className) => {
      const key = instanceKey(nodeId, className)
      const found = instances.get(key) ?? new Map<string, string>()
      instances.set(key, found)
      return found
    },
    clear: () => {
      entries.clear()
      instances.clear()
    },
  }
}

/** `CacheKeySetInputSignature`: the node and its ancestors, links as places among them; ids only where a class asks. */
function signature(
  prompt: PythonDict,
  nodeId: string,
  catalogue: ReadonlyMap<string, NodeClass>,
  isChanged: (nodeId: string) => string,
): string {
  const ancestors: string[] = []
  collectAncestors(prompt, nodeId, ancestors)
  const own = (id: string): PythonValue => {
    const className = classNameOf(prompt, id)
    const unique = catalogue.get(className)?.usesUniqueId === true ? [id] : []
    const inputs = [...inputsOf(prompt, id)].sort(([a], [b]) => (a < b ? -1 : 1))
    const parts = inputs.map(
      ([key, value]): PythonValue =>
        isLink(value) ? [key, ['ANCESTOR', ancestors.indexOf(value[0]), value[1]]] : [key, value],
    )
    return [className, isChanged(id), ...unique, ...parts]
  }
  return dumpPythonJson([nodeId, ...ancestors].map((id) => (prompt.has(id) ? own(id) : ['nowhere', isChanged(id)])))
}

// Recursive like the original: a chain of some 950 nodes ends the worker.
const recursionLimit = 950

function collectAncestors(prompt: PythonDict, nodeId: string, found: string[], depth = 0): void {
  if (depth > recursionLimit) throw new RangeError('maximum recursion depth exceeded')
  if (!prompt.has(nodeId)) return
  const inputs = [...inputsOf(prompt, nodeId)].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [, value] of inputs) {
    if (!isLink(value) || found.includes(value[0])) continue
    found.push(value[0])
    collectAncestors(prompt, value[0], found, depth + 1)
  }
}

/** @throws as Python's KeyError: a node without inputs that no output needs passes validation and ends the worker. */
export function inputsOf(prompt: PythonDict, nodeId: string): PythonDict {
  const node = prompt.get(nodeId)
  const inputs = isDict(node) ? node.get('inputs') : undefined
  if (!isDict(inputs)) throw new RangeError("KeyError: 'inputs'")
  return inputs
}

export function classNameOf(prompt: PythonDict, nodeId: string): string {
  const node = prompt.get(nodeId)
  const className = isDict(node) ? node.get('class_type') : undefined
  return typeof className === 'string' ? className : ''
}

function instanceKey(nodeId: string, className: string): string {
  return JSON.stringify([nodeId, className])
}
