/** How does a queue item or history entry look as a job? (`comfy_execution/jobs.py`) */
import { PythonError } from '../nodes/node-class.ts'
import { pythonStr } from '../python/dump-json.ts'
import { dict, isDict, type PythonDict, type PythonValue } from '../python/values.ts'

export const jobStatuses: readonly string[] = ['pending', 'in_progress', 'completed', 'failed', 'cancelled']

const previewable = new Set(['images', 'video', 'audio', '3d', 'text'])
const modelExtensions = ['.obj', '.fbx', '.gltf', '.glb', '.usdz']
const textExtensions = ['.txt', '.md', '.json']
const previewTextLength = 1024

export function queueJob(item: readonly PythonValue[], status: string): PythonDict {
  const [priority = null, id = null, , extraData = null] = item
  const { createTime, workflowId } = metadataOf(extraData)
  return pruned({
    id,
    status,
    priority,
    create_time: createTime,
    outputs_count: 0,
    previewable_outputs_count: 0,
    workflow_id: workflowId,
  })
}

export function historyJob(id: string, entry: PythonValue, detailed: boolean): PythonDict {
  const history = dictOf(entry)
  const tuple = history.get('prompt')
  const [priority = null, , prompt = null, extraData = null] = Array.isArray(tuple) ? tuple : []
  const { createTime, workflowId } = metadataOf(extraData)
  const statusInfo = history.get('status') ?? null
  const times = timesOf(statusInfo)
  const outputs = dictOf(history.get('outputs') ?? null)
  const items = outputItems(outputs)
  const job = pruned({
    id,
    status: statusOf(statusInfo, times.interrupted),
    priority,
    create_time: createTime,
    execution_start_time: times.start,
    execution_end_time: times.end,
    execution_error: times.error,
    outputs_count: items.length,
    previewable_outputs_count: items.filter(({ key, item }) => isPreviewable(key, item)).length,
    preview_output: previewOf(outputs, items),
    workflow_id: workflowId,
  })
  if (!detailed) return job
  job.set('outputs', normalizedOutputs(outputs))
  job.set('execution_status', statusInfo)
  job.set('workflow', dict({ prompt, extra_data: extraData }))
  return job
}

interface OutputItem {
  readonly nodeId: string
  readonly key: string
  readonly item: PythonDict
}

/** @throws when extra_pnginfo.workflow is no object: then the whole list answers 500 */
function metadataOf(extraData: PythonValue): { createTime: PythonValue; workflowId: PythonValue } {
  const extra = dictOf(extraData)
  const workflow = memberOf(memberOf(extra, 'extra_pnginfo'), 'workflow')
  return { createTime: extra.get('create_time') ?? null, workflowId: workflow.get('id') ?? null }
}

function timesOf(statusInfo: PythonValue) {
  const messages = isDict(statusInfo) ? statusInfo.get('messages') : undefined
  const found = { start: null as PythonValue, end: null as PythonValue, error: null as PythonValue, interrupted: false }
  for (const message of Array.isArray(messages) ? messages : []) {
    const [event, data] = Array.isArray(message) ? message : []
    if (!isDict(data)) continue
    const time = data.get('timestamp') ?? null
    if (event === 'execution_start') found.start = time
    if (event === 'execution_success' || event === 'execution_error' || event === 'execution_interrupted')
      found.end = time
    if (event === 'execution_error') found.error = data
    if (event === 'execution_interrupted') found.interrupted = true
  }
  return found
}

function statusOf(statusInfo: PythonValue, interrupted: boolean): string {
  const text = isDict(statusInfo) ? statusInfo.get('status_str') : undefined
  if (text !== 'error') return 'completed'
  return interrupted ? 'cancelled' : 'failed'
}

function outputItems(outputs: PythonDict): OutputItem[] {
  return [...outputs].flatMap(([nodeId, output]) =>
    !isDict(output)
      ? []
      : [...output].flatMap(([key, items]) =>
          key === 'animated' || !Array.isArray(items)
            ? []
            : items.map(normalizedItem).flatMap((item) => (isDict(item) ? [{ nodeId, key, item }] : [])),
        ),
  )
}

/** Visual output first, then any visual, then text files, then text. */
function previewOf(outputs: PythonDict, items: readonly OutputItem[]): PythonDict | null {
  const shown = items.filter(({ key, item }) => isPreviewable(key, item))
  const visual = shown.filter(({ key, item }) => !isText(key, item))
  const best =
    visual.find(({ item }) => item.get('type') === 'output') ??
    visual[0] ??
    shown.find(({ key, item }) => isText(key, item))
  if (best === undefined) return plainText(outputs)
  const made: PythonDict = new Map([...best.item, ['nodeId', best.nodeId]])
  if (!best.item.has('mediaType')) made.set('mediaType', best.key)
  return made
}

function plainText(outputs: PythonDict): PythonDict | null {
  for (const [nodeId, output] of outputs) {
    const texts = isDict(output) ? output.get('text') : undefined
    const first = Array.isArray(texts) ? texts.find((one) => !isDict(one) && !isDict(normalizedItem(one))) : undefined
    if (first === undefined) continue
    const text = pythonStr(first)
    const cut = text.length > previewTextLength
    return dict({ content: text.slice(0, previewTextLength), truncated: cut || undefined, nodeId, mediaType: 'text' })
  }
  return null
}

function normalizedOutputs(outputs: PythonDict): PythonDict {
  const made: PythonDict = new Map()
  for (const [nodeId, output] of outputs) {
    if (!isDict(output)) {
      made.set(nodeId, output)
      continue
    }
    const kept: PythonDict = new Map()
    for (const [key, items] of output) {
      const list =
        Array.isArray(items) && key !== 'animated' ? items.filter((item) => item !== null).map(normalizedItem) : items
      kept.set(key, list)
    }
    made.set(nodeId, kept)
  }
  return made
}

/** A text that ends like a 3D file is taken for one, whoever wrote it. */
function normalizedItem(item: PythonValue): PythonValue {
  if (typeof item !== 'string' || !modelExtensions.some((one) => item.toLowerCase().endsWith(one))) return item
  return dict({ filename: item, type: 'output', subfolder: '', mediaType: '3d' })
}

function isPreviewable(key: string, item: PythonDict): boolean {
  if (previewable.has(key)) return true
  const format = item.get('format')
  if (typeof format === 'string' && /^(video|audio)\//.test(format)) return true
  return [...modelExtensions, ...textExtensions].some((one) => fileNameOf(item).endsWith(one))
}

function isText(key: string, item: PythonDict): boolean {
  return key === 'text' || textExtensions.some((one) => fileNameOf(item).endsWith(one))
}

function fileNameOf(item: PythonDict): string {
  const name = item.get('filename')
  return typeof name === 'string' ? name.toLowerCase() : ''
}

// `.get(key, {})`: absent is empty, null is not.
function memberOf(parent: PythonDict, key: string): PythonDict {
  const member = parent.get(key)
  return member === undefined ? new Map() : dictOf(member)
}

function dictOf(value: PythonValue): PythonDict {
  if (isDict(value)) return value
  throw new PythonError('AttributeError', "object has no attribute 'get'")
}

function pruned(job: Readonly<Record<string, PythonValue>>): PythonDict {
  return new Map(Object.entries(job).filter(([, value]) => value !== null))
}
