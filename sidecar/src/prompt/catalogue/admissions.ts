/** Which node classes did the operator admit, beyond those that the catalogue opens? */
import type { RoleName } from '@gatehouse/shared/roles'
import type { NodeAdmission, NodeAdmissions } from './vocabulary.ts'

const packPrefix = 'pack:'

/** Admissions from the words of `nodes.admit`: class names, with `*` for any characters, and `pack:FOLDER`. */
export function parseAdmissions(patterns: readonly string[]): NodeAdmissions {
  return patterns.map((pattern) =>
    pattern.startsWith(packPrefix) ? { pack: pattern.slice(packPrefix.length) } : { class: pattern },
  )
}

/** The admissions that cover a class; `pack` is its folder below `custom_nodes`, undefined for core classes. */
export function findAdmissions(
  admitted: NodeAdmissions,
  classType: string,
  pack: string | undefined,
  role: RoleName,
): NodeAdmissions {
  return admitted.filter((entry) => covers(entry, classType, pack) && (entry.roles?.includes(role) ?? true))
}

/** Whether an admission names a class in full, as a class that does harm needs. */
export function namesExactly(entry: NodeAdmission, classType: string): boolean {
  return entry.class === classType
}

function covers(entry: NodeAdmission, classType: string, pack: string | undefined): boolean {
  if (entry.class === undefined && entry.pack === undefined) return false
  if (entry.pack !== undefined && (pack === undefined || !matches(entry.pack, pack))) return false
  return entry.class === undefined || matches(entry.class, classType)
}

// No regular expression: a pattern with many stars must not take exponential time.
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}
