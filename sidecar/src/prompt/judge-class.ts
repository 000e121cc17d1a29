/** May this role run this node class, and why? The one judgement that prompts and `gatehouse nodes` share. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { RoleName } from '@gatehouse/shared/roles'
import { findEntries, type NodeDecisions, namesExactly, printEntry } from './catalogue/admissions.ts'
import { runsCode } from './catalogue/code-execution.ts'
import { coreClasses, isCoreModule } from './catalogue/core-classes.ts'
import { guessFields } from './catalogue/guess-fields.ts'
import { type NodeAdmissions, type NodeRule, rule } from './catalogue/vocabulary.ts'
import type { NormaliseContext } from './contract.ts'

export type PolicyContext = Pick<
  NormaliseContext,
  'objectInfo' | 'admitted' | 'refused' | 'codeAllowed' | 'role' | 'forRole' | 'permissions'
>

export interface ClassVerdict {
  /** How it is run; undefined when it is not. */
  readonly rule: NodeRule | undefined
  /** Why, in one sentence; a refusal names its cure. */
  readonly says: string
  /** What decided. */
  readonly by:
    | 'catalogue'
    | 'permission'
    | 'nodes.admit'
    | 'nodes.refuse'
    | 'nodes.allow_code_execution'
    | 'roles.nodes'
    | 'nobody'
}

/** The verdict on a class; ComfyUI's own description of it decides whose class it is. */
export function judgeClass(classType: string, context: PolicyContext): ClassVerdict {
  const info = context.objectInfo.classes.get(classType)
  if (info === undefined) return refused('nobody', `${classType} is not a node class of this server.`)
  const core = isCoreModule(info.python_module) ? coreClasses.get(classType) : undefined
  const pack = packOf(info.python_module)
  const [refusal] = findEntries(context.refused, classType, pack, context.role)
  if (refusal !== undefined) return refused('nodes.refuse', refusedByName(classType))
  if (!isLeftToRole(classType, pack, context)) return refused('roles.nodes', notForRole(classType, context.role))
  const admissions = findEntries(context.admitted, classType, pack, context.role)
  const known = admissions.length === 0 ? core : admitted(core, info, admissions)
  if (needsSecondSwitch(classType, core) && !context.codeAllowed.has(classType))
    return refused('nodes.allow_code_execution', runsCodeOfUsers(classType))
  if (core === undefined)
    return known === undefined ? refused('nobody', unclassified(classType)) : byOperator(known, admissions)
  return judgeCore(classType, core, known ?? core, { context, admissions })
}

/** Whether the operator's decisions let a role run a class of a pack. */
export function isAdmitted(
  decisions: NodeDecisions & Pick<PolicyContext, 'forRole' | 'role'>,
  classType: string,
  pack: string,
): boolean {
  const { admitted, refused, codeAllowed, role } = decisions
  if (findEntries(refused, classType, pack, role).length > 0 || !isLeftToRole(classType, pack, decisions)) return false
  return findEntries(admitted, classType, pack, role).length > 0 && (!runsCode(classType) || codeAllowed.has(classType))
}

/** The folder of a class below `custom_nodes`; undefined for the classes of ComfyUI itself. */
export function packOf(pythonModule: Json | undefined): string | undefined {
  const prefix = 'custom_nodes.'
  if (typeof pythonModule !== 'string' || !pythonModule.startsWith(prefix)) return undefined
  return pythonModule.slice(prefix.length)
}

interface Circumstances {
  readonly context: PolicyContext
  readonly admissions: NodeAdmissions
}

function judgeCore(classType: string, core: NodeRule, known: NodeRule, circumstances: Circumstances): ClassVerdict {
  const { context, admissions } = circumstances
  switch (core.policy) {
    case 'open':
      return admissions.length > 0
        ? byOperator(known, admissions)
        : { rule: core, says: openSentence(core), by: 'catalogue' }
    case 'network':
      if (admissions.length > 0) return byOperator(known, admissions)
      return context.permissions.has('nodes:partner')
        ? { rule: core, says: 'It sends its inputs to Comfy.org, which the role may.', by: 'permission' }
        : refused('permission', partnerSentence(classType))
    case 'unbounded':
      return admissions.length > 0 ? byOperator(known, admissions) : refused('catalogue', harm(classType, core))
    case 'denied':
      return admissions.some((entry) => namesExactly(entry, classType))
        ? byOperator(known, admissions)
        : refused('catalogue', harm(classType, core))
    default:
      return core.policy satisfies never
  }
}

/** A pack's class by its name, a core class by what is known of it. */
function needsSecondSwitch(classType: string, core: NodeRule | undefined): boolean {
  return core === undefined ? runsCode(classType) : core.effects.includes('runs code')
}

function admitted(core: NodeRule | undefined, info: JsonObject, admissions: NodeAdmissions): NodeRule {
  const fields = admissions.map((entry) => entry.fields ?? {})
  return rule({
    ...core,
    fields: Object.assign({}, guessFields(info), core?.fields, ...fields),
    acceptsAnyInput: core?.acceptsAnyInput === true || admissions.some((entry) => entry.acceptsAnyInput === true),
  })
}

function byOperator(known: NodeRule, admissions: NodeAdmissions): ClassVerdict {
  const entries = admissions.map(printEntry).join(', ')
  return { rule: known, says: `The operator admitted it by ${entries}, and trusts it.`, by: 'nodes.admit' }
}

function refused(by: ClassVerdict['by'], says: string): ClassVerdict {
  return { rule: undefined, says, by }
}

function openSentence({ effects }: NodeRule): string {
  if (effects.length === 0) return 'It only computes on its inputs.'
  return `It ${effects.join(', ')}; kept to the own folders and the listed models.`
}

function refusedByName(classType: string): string {
  return `${classType} is switched off for your role. Ask the operator, who listed it under nodes.refuse.`
}

function notForRole(classType: string, role: RoleName): string {
  return `${classType} is not among the nodes of your role. Ask the operator, who lists them under roles.${role}.nodes.`
}

/** What the role is limited to, and what is taken from it; the latter wins. */
function isLeftToRole(
  classType: string,
  pack: string | undefined,
  { forRole, role }: Pick<PolicyContext, 'forRole' | 'role'>,
): boolean {
  const { allow, deny } = forRole.nodes
  if (findEntries(deny, classType, pack, role).length > 0) return false
  return allow === undefined || findEntries(allow, classType, pack, role).length > 0
}

function runsCodeOfUsers(classType: string): string {
  return `${classType} runs code that its user writes, with everybody's files in reach. An operator who accepts that names it under nodes.admit and, in full, under nodes.allow_code_execution.`
}

function unclassified(classType: string): string {
  return `${classType} comes from a custom node pack that nobody has admitted here. Ask the operator to admit it under nodes.admit.`
}

function partnerSentence(classType: string): string {
  return `${classType} sends its inputs to Comfy.org, which your role does not allow. Ask an administrator.`
}

function harm(classType: string, core: NodeRule): string {
  return `${core.because ?? ''} An operator can admit ${classType} under nodes.admit.`
}
