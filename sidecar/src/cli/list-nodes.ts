/** What is the verdict on every class of a ComfyUI, role by role? Roles with the same verdict stand together. */
import type { RoleName, RoleTable } from '@gatehouse/shared/roles'
import type { ObjectInfo } from '../policy/world.ts'
import type { NodeDecisions } from '../prompt/catalogue/admissions.ts'
import { coreClasses, isCoreModule } from '../prompt/catalogue/core-classes.ts'
import { declaredInputs } from '../prompt/catalogue/input-facts.ts'
import { isClassified } from '../prompt/catalogue/plain-inputs.ts'
import type { Effect } from '../prompt/catalogue/vocabulary.ts'
import { type ClassVerdict, judgeClass, packOf } from '../prompt/judge-class.ts'
import type { RoleRules } from '../prompt/role-rules.ts'

interface ListedVerdict {
  readonly roles: readonly RoleName[]
  readonly runs: boolean
  readonly by: ClassVerdict['by']
  readonly says: string
}

export interface ListedClass {
  readonly class: string
  /** `core`, or the folder of its pack. */
  readonly from: string
  /** What it does beyond its graph, as far as anybody said. */
  readonly does: readonly Effect[]
  readonly verdicts: readonly ListedVerdict[]
  /** Inputs that could name a file and that nobody classified. */
  readonly unclassified: readonly string[]
}

/** Core classes first, then packs, by name. */
export function listNodes(
  objectInfo: ObjectInfo,
  decisions: NodeDecisions,
  roles: readonly RoleName[],
  { table, rulesOf }: { readonly table: RoleTable; readonly rulesOf: (role: RoleName) => RoleRules },
): readonly ListedClass[] {
  const listed = [...objectInfo.classes].map(([name, info]): ListedClass => {
    const judged = roles.map((role) => ({
      role,
      verdict: judgeClass(name, {
        ...{ ...decisions, objectInfo, role },
        forRole: rulesOf(role),
        permissions: table.permissionsOf(role),
      }),
    }))
    const rule = judged.find(({ verdict }) => verdict.rule !== undefined)?.verdict
    const isCore = isCoreModule(info.python_module)
    return {
      class: name,
      from: isCore ? 'core' : (packOf(info.python_module) ?? String(info.python_module)),
      does: rule?.rule?.effects ?? (isCore ? coreClasses.get(name)?.effects : undefined) ?? [],
      verdicts: together(judged),
      unclassified:
        isCore && rule?.rule !== undefined && rule.by !== 'nodes.admit' ? unclassifiedOf(name, info, rule.rule) : [],
    }
  })
  return listed.sort(
    (a, b) => compare(a.from === 'core' ? '' : a.from, b.from === 'core' ? '' : b.from) || compare(a.class, b.class),
  )
}

type Judged = { readonly role: RoleName; readonly verdict: ClassVerdict }

function together(judged: readonly Judged[]): readonly ListedVerdict[] {
  const groups = new Map<string, ListedVerdict>()
  for (const { role, verdict } of judged) {
    const runs = verdict.rule !== undefined
    const key = `${runs} ${verdict.says}`
    const roles = [...(groups.get(key)?.roles ?? []), role]
    groups.set(key, { roles, runs, by: verdict.by, says: verdict.says })
  }
  return [...groups.values()]
}

function unclassifiedOf(
  name: string,
  info: Parameters<typeof declaredInputs>[0],
  rule: NonNullable<ClassVerdict['rule']>,
): readonly string[] {
  const inputs = declaredInputs(info).filter((input) => !isClassified(name, rule, input))
  return [...new Set(inputs.map((input) => input.name))]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
