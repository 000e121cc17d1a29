/** What did a job make, for a list? The rules of comfy_execution/jobs.py @ 0.33.0, which the stock UI shares. */
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { isArray, isObject } from '../../transform/json-shape.ts'

const previewableMedia: ReadonlySet<string> = new Set(['images', 'video', 'audio', '3d', 'text'])
const modelExtensions = ['.obj', '.fbx', '.gltf', '.glb', '.usdz']
const textExtensions = ['.txt', '.md', '.json']
/** Keeps a list of texts small. */
const textPreviewLimit = 1_024

export interface OutputsSummary {
  readonly count: number
  readonly previewableCount: number
  readonly preview: JsonObject | undefined
}

interface Item {
  readonly node: string
  readonly media: string
  readonly value: Json
}

export function summarise(outputs: JsonObject): OutputsSummary {
  const candidates = new Map<Rank, JsonObject>()
  let count = 0
  let previewableCount = 0
  for (const item of itemsOf(outputs)) {
    const file = fileOf(item.value)
    if (file === undefined) {
      if (item.media === 'text') keepFirst(candidates, 'raw-text', textPreview(item))
      continue
    }
    count += 1
    if (!isPreviewable(item.media, file)) continue
    previewableCount += 1
    keepFirst(candidates, rankOf(item.media, file), { mediaType: item.media, ...file, nodeId: item.node })
  }
  const preview = ranks.map((rank) => candidates.get(rank)).find((candidate) => candidate !== undefined)
  return { count, previewableCount, preview }
}

/** `outputs` as a job's details show them: names of 3D files become file records, nulls go. */
export function normaliseOutputs(outputs: JsonObject): JsonObject {
  return mapObject(outputs, (output) =>
    isObject(output)
      ? mapObject(output, (items, media) => (isListed(media, items) ? items.flatMap(normaliseItem) : items))
      : output,
  )
}

/** Best first: saved media, other media, saved text files, text. */
const ranks = ['saved', 'shown', 'text-file', 'raw-text'] as const
type Rank = (typeof ranks)[number]

function rankOf(media: string, file: JsonObject): Rank {
  if (media === 'text' || hasExtension(file.filename, textExtensions)) return 'text-file'
  return file.type === 'output' ? 'saved' : 'shown'
}

function isPreviewable(media: string, file: JsonObject): boolean {
  if (previewableMedia.has(media)) return true
  const format = typeof file.format === 'string' ? file.format : ''
  if (format.startsWith('video/') || format.startsWith('audio/')) return true
  return hasExtension(file.filename, modelExtensions) || hasExtension(file.filename, textExtensions)
}

function itemsOf(outputs: JsonObject): readonly Item[] {
  return Object.entries(outputs).flatMap(([node, output]) =>
    Object.entries(isObject(output) ? output : {}).flatMap(([media, items]) =>
      isListed(media, items) ? items.map((value) => ({ node, media, value })) : [],
    ),
  )
}

/** `animated` holds flags, not files. */
function isListed(media: string, items: Json): items is readonly Json[] {
  return media !== 'animated' && isArray(items)
}

function fileOf(value: Json): JsonObject | undefined {
  if (isObject(value)) return value
  if (!hasExtension(value, modelExtensions)) return undefined
  return { filename: value, type: 'output', subfolder: '', mediaType: '3d' }
}

function normaliseItem(value: Json): readonly Json[] {
  return value === null ? [] : [fileOf(value) ?? value]
}

function textPreview({ node, media, value }: Item): JsonObject {
  const whole = isArray(value) ? String(value[0] ?? '') : String(value ?? 'None')
  // Counted in code points, as Python does.
  const points = [...whole.slice(0, textPreviewLimit * 2)]
  const isShort = whole.length <= textPreviewLimit || points.length <= textPreviewLimit
  const text = isShort ? { content: whole } : { content: points.slice(0, textPreviewLimit).join(''), truncated: true }
  return { ...text, nodeId: node, mediaType: media }
}

function keepFirst(candidates: Map<Rank, JsonObject>, rank: Rank, candidate: JsonObject): void {
  if (!candidates.has(rank)) candidates.set(rank, candidate)
}

function hasExtension(name: Json | undefined, extensions: readonly string[]): name is string {
  return typeof name === 'string' && extensions.some((extension) => name.toLowerCase().endsWith(extension))
}

function mapObject(object: JsonObject, change: (value: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
}
