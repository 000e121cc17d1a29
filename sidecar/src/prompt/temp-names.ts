/** Which own temp files does a body mention? So that the ledger can be asked before the prompt is judged. */
import type { Json } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'
import { splitAnnotation } from '../transform/rooted-path.ts'
import { member } from './own-member.ts'

const maxNames = 1000

/** Own names of temp files in the graph of a `POST /prompt` body, each once. Does not recurse: the body is not judged yet. */
export function collectTempNames(body: Json): readonly string[] {
  const names = new Set<string>()
  const waiting: Json[] = [promptOf(body)]
  for (let value = waiting.pop(); value !== undefined && names.size < maxNames; value = waiting.pop()) {
    if (typeof value === 'string') {
      const { name, root } = splitAnnotation(value)
      if (root === 'temp') names.add(name)
    } else if (isArray(value)) {
      for (const entry of value) waiting.push(entry)
    } else if (isObject(value)) {
      for (const entry of Object.values(value)) waiting.push(entry)
    }
  }
  return [...names]
}

/** The graph of a body that nobody has judged yet. */
export function promptOf(body: Json): Json {
  return (isObject(body) ? member(body, 'prompt') : undefined) ?? null
}
