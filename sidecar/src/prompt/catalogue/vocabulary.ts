/** In which words is a node class described? The types that the catalogue and the operator's admissions share. */
import type { RoleName } from '@gatehouse/shared/roles'
import type { FileRoot } from '../../policy/world.ts'

/** What a link may do in a field: nothing, or stand for the constant text it leads to, or carry any text. */
type LinkRule = 'refuse' | 'fold' | 'text'

/** A field that names a file or a folder which the node opens. */
export interface ReadRule {
  readonly kind: 'read'
  readonly target: 'file' | 'folder'
  /** The root that ComfyUI opens when the name carries no annotation. */
  readonly root: FileRoot
  /** Whether ` [output]` and the like choose another root (folder_paths.py annotated_filepath). */
  readonly annotated: boolean
  readonly shape: 'single' | 'list' | 'nested'
  /** Members of a nested object that name files; only they and `keeps` go upstream. */
  readonly members?: readonly string[]
  readonly keeps?: readonly string[]
  readonly links: LinkRule
  /** Values that name no file. */
  readonly none: readonly string[]
}

/** A field that chooses where the node writes, below ComfyUI's output folder. Links are folded or refused. */
export interface WriteRule {
  readonly kind: 'write'
  /** The prefix where the client gives none. */
  readonly fallback: string
}

/** A field with the name of a model, shared by everybody. */
interface ModelRule {
  readonly kind: 'model'
}

/** A field in a small language that reaches further than its author meant. */
interface LanguageRule {
  readonly kind: 'python-format' | 'math-expression' | 'lyrics'
}

/** A field that somebody looked at and that names no file. */
interface TextRule {
  readonly kind: 'text'
}

export type FieldRule = ReadRule | WriteRule | ModelRule | LanguageRule | TextRule

/** What a class can do to the world outside its graph. */
export const effects = [
  'reads named files',
  'lists a folder',
  'writes under a prefix',
  'writes previews',
  'writes elsewhere',
  'loads models',
  'talks to the network',
  'computes without bound',
  'runs code',
] as const
export type Effect = (typeof effects)[number]

/** What is known of a node class. */
export interface NodeRule {
  /** `network`: a permission of its own; `unbounded`: only where the operator admits it; `denied`: only where admitted by its full name. */
  readonly policy: 'open' | 'network' | 'unbounded' | 'denied'
  /** Why it is not open, and what to do instead. */
  readonly because: string | undefined
  readonly fields: Readonly<Record<string, FieldRule>>
  /** Everything it does beyond its graph; empty for a class that only computes on its inputs. */
  readonly effects: readonly Effect[]
  /** Loads models; shared by tenants through ComfyUI's cache while all its inputs are literal. */
  readonly loader: boolean
  /** Writes previews into ComfyUI's temp folder. */
  readonly previews: boolean
  /** Hands undeclared inputs to its function (`accept_all_inputs`), so that it gets no salt. */
  readonly acceptsAnyInput: boolean
}

/** One entry of the operator's `nodes.admit`. */
export interface NodeAdmission {
  /** A class name, with `*` for any run of characters. */
  readonly class?: string | undefined
  /** The folder name of a custom node pack, or `*`. */
  readonly pack?: string | undefined
  readonly fields?: Readonly<Record<string, FieldRule>>
  readonly acceptsAnyInput?: boolean
  /** Only these roles; all when absent. */
  readonly roles?: readonly RoleName[] | undefined
}

export type NodeAdmissions = readonly NodeAdmission[]

/** One entry of the operator's `nodes.refuse`; it wins over every admission and over the catalogue. */
export type NodeRefusal = Pick<NodeAdmission, 'class' | 'pack' | 'roles'>

const plain: NodeRule = {
  policy: 'open',
  because: undefined,
  fields: {},
  effects: [],
  loader: false,
  previews: false,
  acceptsAnyInput: false,
}

/** A rule that differs from "only computes on its inputs" in `what`. */
export function rule(what: Partial<NodeRule>): NodeRule {
  const whole = { ...plain, ...what }
  return { ...whole, effects: effects.filter((effect) => whole.effects.includes(effect) || follows(effect, whole)) }
}

/** Whether an effect follows from what else the rule says. */
function follows(effect: Effect, { fields, policy, previews }: NodeRule): boolean {
  const rules = Object.values(fields)
  switch (effect) {
    case 'reads named files':
      return rules.some((field) => field.kind === 'read' && field.target === 'file')
    case 'lists a folder':
      return rules.some((field) => field.kind === 'read' && field.target === 'folder')
    case 'writes under a prefix':
      return rules.some((field) => field.kind === 'write')
    case 'loads models':
      return rules.some((field) => field.kind === 'model')
    case 'writes previews':
      return previews
    case 'talks to the network':
      return policy === 'network'
    case 'computes without bound':
      return policy === 'unbounded'
    case 'writes elsewhere':
    case 'runs code':
      return false
    default:
      return effect satisfies never
  }
}

/** A field that names a file of the tenant's. */
export function reads(what: Partial<ReadRule> = {}): ReadRule {
  return {
    kind: 'read',
    target: 'file',
    root: 'input',
    annotated: true,
    shape: 'single',
    links: 'refuse',
    none: [],
    ...what,
  }
}

/** A field that chooses where below the tenant's output folder something is written. */
export function writes(fallback: string): WriteRule {
  return { kind: 'write', fallback }
}

/** The words of a table that is written as text. */
export function words(table: string): readonly string[] {
  return table.split(/\s+/).filter((word) => word !== '')
}
