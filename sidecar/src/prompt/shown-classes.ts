/** What of ComfyUI's classes is a role offered? What it may run, without the models that it may not choose. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'
import type { FieldRule } from './catalogue/vocabulary.ts'
import { judgeClass, type PolicyContext } from './judge-class.ts'
import { isOffered, type PickleContext } from './pickles.ts'
import { choosesModel, mayChoose } from './role-models.ts'
import { limitsModels } from './role-rules.ts'

type ShownContext = PolicyContext & Pick<PickleContext, 'allowPickles'>

/** The class as the role is shown it, the very same object where nothing is hidden; undefined where it may not run it. */
export function shownClass(classType: string, info: JsonObject, context: ShownContext): JsonObject | undefined {
  const { rule } = judgeClass(classType, context)
  if (rule === undefined) return undefined
  const { models } = context.forRole
  const isKept = (inputName: string, name: string): boolean =>
    isOffered(context.allowPickles, { classType, inputName, isModel: isModel(rule.fields, inputName) }, name) &&
    (!limitsModels(models) ||
      !choosesModel(info, rule.fields, inputName) ||
      mayChoose(models, { info, classType, inputName }, name))
  return isObject(info.input) ? withValue(info, 'input', offeredGroups(info.input, '', isKept)) : info
}

type IsKept = (inputName: string, name: string) => boolean

function isModel(fields: Readonly<Record<string, FieldRule>>, inputName: string): boolean {
  return Object.hasOwn(fields, inputName) && fields[inputName]?.kind === 'model'
}

/** `{required: {...}, optional: {...}}`, names with the prefix that the inputs of a dynamic choice have in prompts. */
function offeredGroups(groups: JsonObject, prefix: string, isKept: IsKept): JsonObject {
  return mapValues(groups, (group) =>
    isObject(group) ? mapValues(group, (spec, name) => offeredSpec(spec, `${prefix}${name}`, isKept)) : group,
  )
}

/** `[["a.ckpt"], {...}]` of old nodes, `["COMBO", {"options": ["a.ckpt"], ...}]` of new ones. */
function offeredSpec(spec: Json, name: string, isKept: IsKept): Json {
  if (!isArray(spec)) return spec
  const [type, settings = null, ...rest] = spec
  if (isArray(type)) {
    const list = offeredList(type, name, isKept)
    if (list === type) return spec
    return spec.length === 1 ? [list] : [list, withoutDefault(settings, list), ...rest]
  }
  if (!isObject(settings) || !isArray(settings.options)) return spec
  const options = offeredList(settings.options, name, isKept)
  if (options === settings.options) return spec
  return [type ?? null, withoutDefault({ ...settings, options }, options), ...rest]
}

function offeredList(list: readonly Json[], name: string, isKept: IsKept): readonly Json[] {
  const kept = list
    .filter((entry) => typeof entry !== 'string' || isKept(name, entry))
    .map((entry) =>
      isObject(entry) && isObject(entry.inputs)
        ? withValue(entry, 'inputs', offeredGroups(entry.inputs, `${name}.`, isKept))
        : entry,
    )
  return kept.length === list.length && kept.every((entry, index) => entry === list[index]) ? list : kept
}

/** A default that is no longer in the list would be chosen all the same. */
function withoutDefault(settings: Json, list: readonly Json[]): Json {
  if (!isObject(settings) || typeof settings.default !== 'string' || list.includes(settings.default)) return settings
  const { default: _hidden, ...others } = settings
  return others
}

function withValue(object: JsonObject, key: string, value: Json): JsonObject {
  return object[key] === value ? object : { ...object, [key]: value }
}

/** The same object when no value changed. */
function mapValues(object: JsonObject, map: (value: Json, key: string) => Json): JsonObject {
  const entries = Object.entries(object).map(([key, value]): [string, Json] => [key, map(value, key)])
  return entries.every(([key, value]) => value === object[key]) ? object : Object.fromEntries(entries)
}
