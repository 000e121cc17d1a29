/** What does a tenant see of a node class? ComfyUI's description with the tenant's own files in place of everybody's. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isObject } from '../transform/json-shape.ts'
import {
  coreListRules,
  flaggedRule,
  type ListRule,
  type ListRules,
  type OwnListing,
  observedRule,
  ownList,
} from './own-lists.ts'

export interface OwnView {
  readonly files: OwnListing
  /** Root-level names in ComfyUI's input directory, to know a list of them when a pack shows one. */
  readonly inputFiles: ReadonlySet<string>
  /** Rules beside the core ones, for packs an operator admitted. */
  readonly rules?: ListRules
}

/** A tenant's folder below input and output (`FolderKey`), the first part of whatever a tenant saved. */
const folderKeyFirst = /^[a-z0-9]{20}(?:[/\\]|$)/
/** Cheap test on a whole fragment, before anything is walked. */
const folderKeyAnywhere = /"[a-z0-9]{20}(?:[/\\"])/

/** The class as the tenant may see it; the very same object when nothing in it is anybody's. */
export function ownClass(name: string, info: JsonObject, fragment: string, view: OwnView): JsonObject {
  const { input } = info
  const rules = { ...coreListRules[name], ...view.rules?.[name] }
  const ownInput = isObject(input) ? ownGroups(input, rules, view) : input
  const narrowed = ownInput === undefined || ownInput === input ? info : { ...info, input: ownInput }
  // Whatever else a pack wrote: names that begin with a tenant's folder are nobody's business.
  return folderKeyAnywhere.test(fragment) ? withoutFolderKeys(narrowed) : narrowed
}

/** `{required: {...}, optional: {...}}`. */
function ownGroups(groups: JsonObject, rules: Readonly<Record<string, ListRule>>, view: OwnView): JsonObject {
  return mapValues(groups, (group) =>
    isObject(group) ? mapValues(group, (spec, field) => ownSpec(spec, ownRule(rules, field), view)) : group,
  )
}

function ownRule(rules: Readonly<Record<string, ListRule>>, field: string): ListRule | undefined {
  return Object.hasOwn(rules, field) ? rules[field] : undefined
}

/** `[["a.png"], {...}]` of old nodes, `["COMBO", {"options": ["a.png"], ...}]` of new ones. */
function ownSpec(spec: Json, named: ListRule | undefined, view: OwnView): Json {
  if (!Array.isArray(spec)) return spec
  const [type, options, ...rest]: readonly Json[] = spec
  const settings = isObject(options) ? options : {}
  const listed = Array.isArray(type) ? type : settings.options
  if (!Array.isArray(listed)) return spec
  const rule = named ?? flaggedRule(settings) ?? observedRule(listed, view.inputFiles)
  if (rule === undefined) return nestedSpec(spec, view)
  const list = ownList(rule, view.files)
  const isOwnDefault = settings.default === undefined || list.includes(String(settings.default))
  const { default: _foreign, ...others } = settings
  const kept = isOwnDefault ? settings : others
  if (Array.isArray(type)) return options === undefined ? [list] : [list, kept, ...rest]
  return [type ?? null, { ...kept, options: list }, ...rest]
}

/** Dynamic combos hold whole groups of inputs behind each choice. */
function nestedSpec(spec: readonly Json[], view: OwnView): Json {
  const [type, options, ...rest] = spec
  if (!isObject(options) || !Array.isArray(options.options)) return spec
  const before: readonly Json[] = options.options
  const after = before.map((choice) => {
    if (!isObject(choice) || !isObject(choice.inputs)) return choice
    const inputs = ownGroups(choice.inputs, {}, view)
    return inputs === choice.inputs ? choice : { ...choice, inputs }
  })
  const isSame = after.every((choice, index) => choice === before[index])
  return isSame ? spec : [type ?? null, { ...options, options: after }, ...rest]
}

function withoutFolderKeys(value: JsonObject): JsonObject {
  return mapValues(value, (inner) => cleaned(inner))
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return folderKeyFirst.test(value) ? '' : value
  if (Array.isArray(value)) {
    return value.filter((entry) => typeof entry !== 'string' || !folderKeyFirst.test(entry)).map(cleaned)
  }
  return isObject(value) ? withoutFolderKeys(value) : value
}

/** The same object when no value changed. */
function mapValues(object: JsonObject, map: (value: Json, key: string) => Json): JsonObject {
  const entries = Object.entries(object).map(([key, value]): [string, Json] => [key, map(value, key)])
  return entries.every(([key, value]) => value === object[key]) ? object : Object.fromEntries(entries)
}
