/** What does a tenant see of ComfyUI's names? Own files without the folder key, own nodes without the prefix, and nothing of others. */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from './json-shape.ts'
import { joinPath, parseOwnPath, unroot } from './rooted-path.ts'

export interface OwnNamesOptions {
  readonly folderKey: FolderKey
  /** What the tenant's node ids start with inside ComfyUI. */
  readonly nodePrefix: string
  readonly salt: string
}

/** The own name of a temp file; undefined when it is not the tenant's. `upstreamName` is `subfolder/filename`. */
export type OwnTemp = (upstreamName: string) => string | undefined

export interface OwnNames {
  /** `text` without the tenant's key, prefix and salt. */
  ownText(text: string): string
  /** The same for every string and every key of a value. */
  ownJson(value: Json): Json
  /** The outputs of a job by node, as ComfyUI's history has them. */
  ownOutputs(outputs: JsonObject, ownTemp: OwnTemp): JsonObject
  /** What one node showed (`ui`), as the `executed` event has it. */
  ownNodeOutput(output: JsonObject, ownTemp: OwnTemp): JsonObject
}

/** The translation of names for one tenant. */
export function createOwnNames(options: OwnNamesOptions): OwnNames {
  const ownText = createOwnText(options)
  const ownJson = (value: Json): Json => mapJson(value, ownText)
  const ownNodeOutput = (output: JsonObject, ownTemp: OwnTemp): JsonObject => {
    const view = { key: options.folderKey, ownText, ownTemp }
    return members(
      output,
      (value, name) => (name === 'result' ? ownResult(value, view) : ownItem(value, view)),
      ownText,
    )
  }
  const ownOutputs = (outputs: JsonObject, ownTemp: OwnTemp): JsonObject =>
    members(outputs, (output) => (isObject(output) ? ownNodeOutput(output, ownTemp) : undefined), ownText)
  return { ownText, ownJson, ownOutputs, ownNodeOutput }
}

interface View {
  readonly key: FolderKey
  readonly ownText: (text: string) => string
  readonly ownTemp: OwnTemp
}

function createOwnText({ folderKey, nodePrefix, salt }: OwnNamesOptions): (text: string) => string {
  const [key, prefix, secret] = [folderKey, nodePrefix, salt].map((part) => part.replace(/[^A-Za-z0-9]/g, '\\$&'))
  const pattern = new RegExp(`${key}[/\\\\]*|${secret}|(?<![A-Za-z0-9])${prefix}`, 'g')
  const mentioned = (text: string) => text.includes(folderKey) || text.includes(nodePrefix) || text.includes(salt)
  return (text) => (mentioned(text) ? text.replace(pattern, '') : text)
}

// Fields of a file item that carry no name; packs add others with host paths in them (`fullpath`).
const plainItemFields = ['format', 'frame_rate', 'mediaType', 'animated', 'duration', 'width', 'height'] as const

function ownItem(item: Json, view: View): Json | undefined {
  if (typeof item === 'string') return view.ownText(item)
  if (isArray(item)) return item.map((entry) => ownItem(entry, view)).filter((entry) => entry !== undefined)
  if (!isObject(item)) return item
  if (Object.hasOwn(item, 'filename') || (Object.hasOwn(item, 'subfolder') && Object.hasOwn(item, 'type'))) {
    return ownFile(item, view)
  }
  return members(item, (value) => ownItem(value, view), view.ownText)
}

// Ownership is the folder key for input and output files and the ledger's claim for temp files, never the fact that
// a name was shown: Preview3D and text nodes show whatever they are told (comfyui-surface 4.6).
function ownFile(item: JsonObject, view: View): JsonObject | undefined {
  const { filename, subfolder = '', type = 'output' } = item
  if (typeof filename !== 'string' || typeof subfolder !== 'string') return undefined
  const upstream = joinPath(subfolder.replaceAll('\\', '/'), filename)
  const own = ownPath(upstream, type, view)
  if (own === undefined) return undefined
  const rest = plainItemFields.flatMap((field) => {
    const value = item[field]
    return Object.hasOwn(item, field) && value !== undefined && typeof value !== 'object'
      ? [[field, value] as const]
      : []
  })
  return { filename: own.filename, subfolder: own.subfolder, type, ...Object.fromEntries(rest) }
}

function ownPath(upstream: string, type: Json, view: View): ReturnType<typeof parseOwnPath> {
  if (type === 'temp') return parseOwnPath(view.ownTemp(upstream) ?? '')
  if (type !== 'output' && type !== 'input') return undefined
  const own = unroot(view.key, upstream) ?? ''
  // No name that a tenant gives mentions the key: the normaliser takes it out.
  return own.includes(view.key) ? undefined : parseOwnPath(own)
}

// 3D nodes show `[model path, camera, background path or model info]` (comfy_api _ui.py PreviewUI3D, 0.33.0).
function ownResult(result: Json, view: View): Json | undefined {
  if (!isArray(result)) return ownItem(result, view)
  return result.map((entry) =>
    typeof entry === 'string' ? ownResultText(entry, view) : (ownItem(entry, view) ?? null),
  )
}

function ownResultText(text: string, view: View): Json {
  const path = text.replaceAll('\\', '/')
  const rooted = unroot(view.key, path)
  if (rooted !== undefined) return parseOwnPath(rooted) === undefined ? null : view.ownText(rooted)
  if (path.startsWith('temp/')) {
    const own = view.ownTemp(path.slice('temp/'.length))
    return own === undefined ? null : `temp/${own}`
  }
  return view.ownTemp(path) ?? (looksLikePath(path) ? null : view.ownText(text))
}

function looksLikePath(text: string): boolean {
  return text.includes('/') || /\.[A-Za-z0-9]{1,8}(?: \[\w+\])?$/.test(text)
}

function mapJson(value: Json, text: (text: string) => string): Json {
  if (typeof value === 'string') return text(value)
  if (isArray(value)) return value.map((entry) => mapJson(entry, text))
  return isObject(value) ? members(value, (member) => mapJson(member, text), text) : value
}

// Object.fromEntries defines its keys, so that `__proto__` stays an ordinary one.
function members(
  object: JsonObject,
  own: (value: Json, name: string) => Json | undefined,
  text: (text: string) => string,
): JsonObject {
  const kept: (readonly [string, Json])[] = []
  for (const [name, value] of Object.entries(object)) {
    const mapped = own(value, name)
    if (mapped !== undefined) kept.push([text(name), mapped])
  }
  return Object.fromEntries(kept)
}
