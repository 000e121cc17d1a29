/** Which node classes and models may a role use, of those that anybody may? What is denied beats what is allowed. */
import { type NamedNodes, parseNodeWords } from '@gatehouse/shared/node-words'
import { matches } from './catalogue/admissions.ts'
import { isCoreFolder } from './model-folders.ts'

/** Patterns over `folder/name`, with `*` for any characters. */
export interface ModelRules {
  /** undefined: all. */
  readonly allow: readonly string[] | undefined
  readonly deny: readonly string[]
}

export interface RoleRules {
  readonly nodes: {
    /** undefined: all. */
    readonly allow: readonly NamedNodes[] | undefined
    readonly deny: readonly NamedNodes[]
  }
  readonly models: ModelRules
}

export interface TriedRules {
  /** Not limited where the rule holds. */
  readonly forRole: RoleRules
  /** Told once for each rule, with what it would refuse. */
  readonly note: (rule: 'role-nodes' | 'role-models', target: string) => void
}

interface Words {
  readonly allow?: readonly string[] | undefined
  readonly deny: readonly string[]
}

export interface RoleWords {
  readonly nodes?: Words | undefined
  readonly models?: Words | undefined
}

/** The settings `nodes` and `models` of one role; a role without them is not limited. */
export function parseRoleRules({ nodes, models }: RoleWords = {}): RoleRules {
  return {
    nodes: { allow: nodes?.allow?.map(parseNodeWords), deny: (nodes?.deny ?? []).map(parseNodeWords) },
    models: { allow: models?.allow, deny: models?.deny ?? [] },
  }
}

/** Whether there is anything to judge. */
export function limitsModels({ allow, deny }: ModelRules): boolean {
  return allow !== undefined || deny.length > 0
}

/** Whether a file of a model folder may be used. */
export function isModelAllowed(rules: ModelRules, folder: string, name: string): boolean {
  return !isDenied(rules, folder, name) && isNamed(rules, folder, name)
}

/** The same where nobody knows in which folder a loader looks: what is denied in any folder is denied there. */
export function isModelAllowedAnywhere(rules: ModelRules, folder: string, name: string): boolean {
  const plain = plainPath(name).toLowerCase()
  const names = rules.deny.map((pattern) => pattern.slice(pattern.indexOf('/') + 1).toLowerCase())
  return !names.some((pattern) => matches(pattern, plain)) && isModelAllowed(rules, folder, name)
}

/** Whether a file of a model folder is shown. Packs look into folders of their own, whose fields count as `models`. */
export function isModelListed(rules: ModelRules, folder: string, name: string): boolean {
  const known = legacyFolders.get(folder) ?? folder
  const folders = isCoreFolder(known) ? [known] : [known, 'models']
  return folders.every((one) => !isDenied(rules, one, name)) && folders.some((one) => isNamed(rules, one, name))
}

/** Older names of folders, which ComfyUI still takes (folder_paths.py map_legacy, 0.33.0). */
const legacyFolders: ReadonlyMap<string, string> = new Map([
  ['unet', 'diffusion_models'],
  ['clip', 'text_encoders'],
])

/** Where letters are not told apart on the disk, a name that is written otherwise opens the same file. */
function isDenied({ deny }: ModelRules, folder: string, name: string): boolean {
  const path = `${folder}/${plainPath(name)}`.toLowerCase()
  return deny.some((pattern) => matches(pattern.toLowerCase(), path))
}

function isNamed({ allow }: ModelRules, folder: string, name: string): boolean {
  return allow?.some((pattern) => matches(pattern, `${folder}/${plainPath(name)}`)) ?? true
}

/** ComfyUI on Windows lists folders with backslashes, and opens a name whatever number of them it has. */
function plainPath(name: string): string {
  return name.replace(/[/\\]+/g, '/')
}
