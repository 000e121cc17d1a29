/** What did the operator decide of node classes, beyond the catalogue? Admissions, refusals, and classes that may run code. */
import { type NamedNodes, parseNodeWords } from '@gatehouse/shared/node-words'
import type { RoleName } from '@gatehouse/shared/roles'
import type { FileRoot } from '../../policy/world.ts'
import {
  type FieldRule,
  type NodeAdmission,
  type NodeAdmissions,
  type NodeRefusal,
  reads,
  writes,
} from './vocabulary.ts'

/** The settings of `nodes`, as the configuration spells them. */
export interface NodeWords {
  readonly admit: readonly (string | AdmissionWords)[]
  readonly refuse: readonly (string | RefusalWords)[]
  readonly allow_code_execution: readonly string[]
}

interface RefusalWords extends NamedNodes {
  readonly roles?: readonly RoleName[] | undefined
}

interface AdmissionWords extends RefusalWords {
  readonly fields?: Readonly<Record<string, FieldWords>> | undefined
  readonly accepts_any_input?: boolean | undefined
}

export interface FieldWords {
  readonly reads?: FileRoot | undefined
  readonly target?: 'file' | 'folder' | undefined
  readonly annotated?: boolean | undefined
  readonly shape?: 'single' | 'list' | 'nested' | undefined
  readonly members?: readonly string[] | undefined
  readonly links?: 'refuse' | 'fold' | undefined
  readonly writes?: string | undefined
  readonly model?: true | undefined
  readonly text?: true | undefined
}

export interface NodeDecisions {
  readonly admitted: NodeAdmissions
  readonly refused: readonly NodeRefusal[]
  /** Exact names of classes that may run code of whoever uses them. */
  readonly codeAllowed: ReadonlySet<string>
}

export function parseNodeDecisions(words: NodeWords): NodeDecisions {
  return {
    admitted: words.admit.map((entry) => parseAdmission(longForm(entry))),
    refused: words.refuse.map(longForm),
    codeAllowed: new Set(words.allow_code_execution),
  }
}

/** The entries that cover a class; `pack` is its folder below `custom_nodes`, undefined for core classes. */
export function findEntries<Entry extends NodeRefusal>(
  entries: readonly Entry[],
  classType: string,
  pack: string | undefined,
  role: RoleName,
): readonly Entry[] {
  return entries.filter((entry) => covers(entry, classType, pack) && (entry.roles?.includes(role) ?? true))
}

/** Whether an admission names a class in full, as a class that does harm needs. */
export function namesExactly(entry: NodeAdmission, classType: string): boolean {
  return entry.class === classType
}

/** An entry as the operator would look for it. */
export function printEntry(entry: NodeRefusal): string {
  const pack = entry.pack === undefined ? undefined : `pack:${entry.pack}`
  return [entry.class, pack].filter((part) => part !== undefined).join(' of ')
}

function longForm<Words extends object>(words: string | Words): Words | NamedNodes {
  return typeof words === 'string' ? parseNodeWords(words) : words
}

function parseAdmission(words: AdmissionWords): NodeAdmission {
  const fields = Object.entries(words.fields ?? {}).map(([name, field]) => [name, parseField(field)] as const)
  return {
    class: words.class,
    pack: words.pack,
    roles: words.roles,
    fields: Object.fromEntries(fields),
    acceptsAnyInput: words.accepts_any_input === true,
  }
}

function parseField(words: FieldWords): FieldRule {
  if (words.model === true) return { kind: 'model' }
  if (words.text === true) return { kind: 'text' }
  if (words.writes !== undefined) return writes(words.writes)
  return reads({
    root: words.reads ?? 'input',
    target: words.target ?? 'file',
    annotated: words.annotated ?? true,
    shape: words.shape ?? 'single',
    links: words.links ?? 'refuse',
    none: ['', 'none', 'None'],
    ...(words.members === undefined ? {} : { members: words.members }),
  })
}

function covers(entry: NodeRefusal, classType: string, pack: string | undefined): boolean {
  if (entry.class === undefined && entry.pack === undefined) return false
  if (entry.pack !== undefined && (pack === undefined || !matches(entry.pack, pack))) return false
  return entry.class === undefined || matches(entry.class, classType)
}

/** Whether a text fits a pattern in which `*` stands for any characters. */
// No regular expression: a pattern with many stars must not take exponential time.
export function matches(pattern: string, text: string): boolean {
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
