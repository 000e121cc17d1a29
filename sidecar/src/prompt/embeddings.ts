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

/** Listed files, by each name under which a text reaches them. */
export type NamedEmbeddings = ReadonlyMap<string, readonly string[]>

// load_embed looks in the folder and in each folder below it, for the name itself and then with .safetensors first.
const endings = ['.pt', '.bin']

/** Those that would be unpickled. Once for a prompt: a text can hold more names than anybody would compare with every file. */
export function indexPickles(listed: readonly string[]): NamedEmbeddings {
  const all = new Set(listed.map(slashed))
  return indexed(listed, (path) => {
    const ending = endings.find((one) => path.endsWith(one))
    if (ending === undefined) return []
    const bare = path.slice(0, -ending.length)
    return all.has(`${bare}.safetensors`) ? [] : [bare]
  })
}

/** All of them, with and without their endings. */
export function indexEmbeddings(listed: readonly string[]): NamedEmbeddings {
  return indexed(listed, (path) => [path, path.replace(/\.(?:safetensors|pt|bin)$/, '')])
}

function indexed(listed: readonly string[], namesOf: (path: string) => readonly string[]): NamedEmbeddings {
  const byName = new Map<string, string[]>()
  for (const file of listed) {
    for (const name of namesOf(slashed(file)).flatMap(tailsOf)) {
      const known = byName.get(name)
      if (known === undefined) byName.set(name, [file])
      else known.push(file)
    }
  }
  return byName
}

function slashed(file: string): string {
  return file.replaceAll('\\', '/')
}

/** `a/b/c`, `b/c` and `c`. */
function tailsOf(path: string): readonly string[] {
  const segments = path.split('/')
  return segments.map((_, from) => segments.slice(from).join('/'))
}

/** The file that would be unpickled, as it is listed; undefined when there is none that is not admitted. */
export function findPickledEmbedding(
  text: string,
  pickled: NamedEmbeddings,
  isAdmitted: (name: string) => boolean,
): string | undefined {
  return findMentioned(text, pickled, (name, listed, isWayward) =>
    isPickleName(name.slice(-longestEnding)) && (isWayward || !isAdmitted(name))
      ? name
      : listed.find((file) => !isAdmitted(file)),
  )
}

/** The first file of an index that a text names, as it is listed. */
export function findNamedEmbedding(text: string, index: NamedEmbeddings): string | undefined {
  return index.size === 0 ? undefined : findMentioned(text, index, (_name, listed) => listed[0])
}

function findMentioned(
  text: string,
  index: NamedEmbeddings,
  judge: (name: string, listed: readonly string[], isWayward: boolean) => string | undefined,
): string | undefined {
  if (!mentioned.test(text)) return undefined
  const longest = Math.max(0, ...Array.from(index.keys(), (name) => name.length))
  for (const [, word = ''] of text.matchAll(mention)) {
    const plain = slashed(word.replace(/\\([()])/g, '$1'))
    const isWayward = wayward.test(plain)
    for (const end of endsOf(plain)) {
      const name = plain.slice(0, end)
      const listed = isWayward ? listedAtEnd(name, index) : end <= longest ? (index.get(name) ?? []) : []
      const found = judge(name, listed, isWayward)
      if (found !== undefined) return found
    }
  }
  return undefined
}

// `a/../x`, `./x`, `a//x`, `../embeddings/x` and `/srv/models/embeddings/x` all open x: load_embed looks at the path
// that comes out of it, and at nothing on the way.
const wayward = /(?:^|\/)\.{0,2}(?:\/|$)|^[A-Za-z]:/

/** Files that such a name may come out at: all whose names it ends with. */
function listedAtEnd(name: string, index: NamedEmbeddings): readonly string[] {
  const segments: string[] = []
  for (const segment of name.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return tailsOf(segments.join('/')).flatMap((tail) => index.get(tail) ?? [])
}

/** With its dot: `.pickle` and a character before it. */
const longestEnding = 8

/** Where a name can end: with the word, and before the weights, commas and brackets that may follow it. */
function endsOf(word: string): readonly number[] {
  return [word.length, ...Array.from(word.matchAll(/[,()[\]<>:;|{}"']/g), (match) => match.index)].filter(
    (end) => end > 0,
  )
}
