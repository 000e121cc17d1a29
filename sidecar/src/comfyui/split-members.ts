/** Where does each member of a large JSON object begin and end? One pass over the text, without parsing the values. */

/**
 * The members of the object in `text`, values as source text; undefined when it is no object. Does not validate the
 * values: whoever parses them does.
 */
export function splitMembers(text: string): ReadonlyMap<string, string> | undefined {
  const members = new Map<string, string>()
  let at = skipSpace(text, 0)
  if (text[at] !== '{') return undefined
  at = skipSpace(text, at + 1)
  if (text[at] === '}') return skipSpace(text, at + 1) === text.length ? members : undefined
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at)
    const colon = skipSpace(text, nameEnd)
    if (text[colon] !== ':') return undefined
    const start = skipSpace(text, colon + 1)
    const end = endOfValue(text, start)
    members.set(parseName(text.slice(at, nameEnd)), text.slice(start, end).trimEnd())
    if (text[end] === '}') return skipSpace(text, end + 1) === text.length ? members : undefined
    if (text[end] !== ',') return undefined
    at = skipSpace(text, end + 1)
  }
  return undefined
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at += 1
  return at
}

/** The comma or brace after a value that starts at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at) - 1
    else if (character === '{' || character === '[') depth += 1
    else if (depth === 0 && (character === ',' || character === '}')) return at
    else if (character === '}' || character === ']') depth -= 1
  }
  return text.length
}

/** One past the closing quote of the string that starts at `from`. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1)
  while (quote !== -1) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return quote + 1
    quote = text.indexOf('"', quote + 1)
  }
  return text.length
}

function parseName(text: string): string {
  return JSON.parse(text) as string
}
