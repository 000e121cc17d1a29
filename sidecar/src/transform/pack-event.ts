/** May the owner of the running job hear this event of a pack? Only what names nobody else, and in own names. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from './json-shape.ts'
import { ownValue } from './socket-frames.ts'

export interface PackEventNames {
  readonly upstreamId: string
  readonly publicId: string
  ownText(text: string): string
  /** Whether it is the id of somebody else's job inside ComfyUI. */
  isForeignJob(id: string): Promise<boolean>
}

// A pack tells what it remembers, and may remember it of another tenant's job: the shapes of a folder key as a part of
// a path or as a whole `subfolder`, and of a node id with a tenant's prefix (ledger/tenant-secrets.ts). Own ones are
// gone when this is asked, and the server's folders are not: what lies below another's folder is another's.
const foreignFolder = /(?<![A-Za-z0-9])[a-z0-9]{20}[/\\]|(?:^|[/\\])[a-z0-9]{20}$/
const foreignNode = /(?<![A-Za-z0-9])[a-z]{12}-\d/
const jobId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** More ids than an event about one job can have a reason to name. */
const idLimit = 16

/** The event's data in own names; undefined when it names anybody else's job, folder or node. */
export async function ownPackEvent(data: JsonObject, names: PackEventNames): Promise<JsonObject | undefined> {
  const { upstreamId, publicId } = names
  if (data.prompt_id !== undefined && data.prompt_id !== null && data.prompt_id !== upstreamId) return undefined
  const ownText = (text: string) => names.ownText(text.replaceAll(upstreamId, publicId))
  const texts = [...everyText(data)].map(ownText)
  if (texts.some((text) => foreignFolder.test(text) || foreignNode.test(text))) return undefined
  const ids = new Set(texts.flatMap((text) => text.match(jobId) ?? []))
  ids.delete(publicId)
  if (ids.size > idLimit) return undefined
  for (const id of ids) if (await names.isForeignJob(id)) return undefined
  const own = ownValue(data, { ownText })
  return isObject(own) ? own : undefined
}

function* everyText(value: Json): Generator<string> {
  if (typeof value === 'string') yield value
  else if (isArray(value)) for (const item of value) yield* everyText(item)
  else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield key
      yield* everyText(item)
    }
  }
}
