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

/** Listed files that can carry code, by each name under which a text reaches them. */
export type PickledEmbeddings = ReadonlyMap<string, readonly string[]>

// load_embed looks in the folder and in each folder below it, for the name itself and then with .safetensors first.
const endings = ['.pt', '.bin']

/** Once for a prompt: a text can hold more names than anybody would compare with every file. */
export function indexPickles(listed: readonly string[]): PickledEmbeddings {
  const paths = listed.map((file) => file.replaceAll('\\', '/'))
  const all = new Set(paths)
  const byName = new Map<string, string[]>()
  for (const [index, path] of paths.entries()) {
    const ending = endings.find((one) => path.endsWith(one))
    if (ending === undefined || all.has(`${path.slice(0, -ending.length)}.safetensors`)) continue
    const segments = path.slice(0, -ending.length).split('/')
    for (let from = 0; from < segments.length; from += 1) {
      const name = segments.slice(from).join('/')
      byName.set(name, [...(byName.get(name) ?? []), listed[index] ?? path])
    }
  }
  return byName
}

/** The file that would be unpickled, as it is listed; undefined when there is none that is not admitted. */
export function findPickledEmbedding(
  text: string,
  pickled: PickledEmbeddings,
  isAdmitted: (name: string) => boolean,
): string | undefined {
  if (!mentioned.test(text)) return undefined
  const longest = Math.max(0, ...Array.from(pickled.keys(), (name) => name.length))
  for (const [, word = ''] of text.matchAll(mention)) {
    const plain = word.replace(/\\([()])/g, '$1').replaceAll('\\', '/')
    for (const end of endsOf(plain)) {
      const name = plain.slice(0, end)
      const files = isPickleName(plain.slice(Math.max(0, end - longestEnding), end))
        ? [name]
        : end <= longest
          ? (pickled.get(name) ?? [])
          : []
      const found = files.find((file) => !isAdmitted(file))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** With its dot: `.pickle` and a character before it. */
const longestEnding = 8

/** Where a name can end: with the word, and before the weights, commas and brackets that may follow it. */
function endsOf(word: string): readonly number[] {
  return [word.length, ...Array.from(word.matchAll(/[,()[\]<>:;|{}"']/g), (match) => match.index)].filter(
    (end) => end > 0,
  )
}
