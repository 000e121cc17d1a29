/** Which embeddings does a text name, and is one of them a file that can carry code? (sd1_clip.py, 0.33.0) */
import type { Json } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'
import { isPickleName } from './pickle-names.ts'

// The tokenizer wants it after a space or at the beginning of a weighted part, and in small letters; a text that is
// changed on its way is caught by its letters.
const mention = /embedding:\s*(\S{1,512})/gi
const mentioned = /embedding:/i

/** Whether any text of a body names an embedding. Does not recurse: the body is not judged yet. */
export function namesEmbedding(body: Json): boolean {
  const waiting: Json[] = [body]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value === 'string') {
      if (mentioned.test(value)) return true
    } else if (isArray(value)) {
      for (const entry of value) waiting.push(entry)
    } else if (isObject(value)) {
      for (const entry of Object.values(value)) waiting.push(entry)
    }
  }
  return false
}

/** The file that would be unpickled, as it is listed; undefined when there is none that is not admitted. */
export function findPickledEmbedding(
  text: string,
  listed: readonly string[],
  isAdmitted: (name: string) => boolean,
): string | undefined {
  if (!mentioned.test(text)) return undefined
  for (const [, word = ''] of text.matchAll(mention)) {
    for (const name of readings(word)) {
      const found = pickleBehind(name, listed).find((file) => !isAdmitted(file))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Names a word can stand for: with and without the weights, commas and brackets that may follow. */
function readings(word: string): ReadonlySet<string> {
  const plain = word.replace(/\\([()])/g, '$1').replaceAll('\\', '/')
  const cuts = [...plain.matchAll(/[,()[\]<>:;|{}"']/g)].map((match) => plain.slice(0, match.index))
  return new Set([plain, ...cuts].filter((name) => name !== ''))
}

// load_embed looks in the folder and in each folder below it, for the name itself and then with each of these endings.
const endings = ['.safetensors', '.pt', '.bin']

function pickleBehind(name: string, listed: readonly string[]): readonly string[] {
  if (isPickleName(name)) return [name]
  return listed.filter((file) => {
    const path = file.replaceAll('\\', '/')
    if (!isPickleName(path) || !endings.some((ending) => isBelow(path, name + ending))) return false
    const stem = path.replace(/\.[^./]*$/, '')
    return !listed.some((other) => other.replaceAll('\\', '/') === `${stem}.safetensors`)
  })
}

function isBelow(path: string, name: string): boolean {
  return path === name || path.endsWith(`/${name}`)
}
