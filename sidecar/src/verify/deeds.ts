/** What does the first of the two leave behind? An upload, a finished job, a saved workflow, a setting. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Json } from '@gatehouse/shared/json'
import { isArray, isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import type { Pair } from './throw-away.ts'
import type { Ear } from './visitor.ts'

export interface Deeds {
  /** Own name of the uploaded picture; undefined when the upload failed. */
  readonly picture: string | undefined
  readonly jobId: string | undefined
  /** Own names of what the job wrote. */
  readonly outputs: readonly string[]
  readonly temp: readonly string[]
  /** What the other heard meanwhile. */
  readonly heardByOther: string
  /** Why there is no finished job. */
  readonly problem: string | undefined
}

const needed = ['EmptyImage', 'SaveImage', 'PreviewImage', 'LoadImage']
const patienceMs = 120_000
const pauseMs = 250

/** One grey pixel. */
export const pixel = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNkAAAAAgABc3UBGAAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
)

export async function leaveTraces(pair: Pair): Promise<Deeds> {
  const { owner, other, marker } = pair
  const uploaded = await owner.upload(`${marker}.png`, pixel)
  const picture = uploaded.status === 200 ? `${marker}.png` : undefined
  await owner.send('POST', `/userdata/workflows%2F${marker}.json`, { nodes: [] })
  await owner.send('POST', `/settings/${marker}`, marker)
  const none = { picture, jobId: undefined, outputs: [], temp: [], heardByOther: '' }
  const missing = await findMissing(pair)
  if (missing !== undefined) return { ...none, problem: `this ComfyUI has no ${missing} node, or does not answer` }
  const ear = await other.listen(marker)
  try {
    const queued = await owner.send('POST', '/prompt', { prompt: graph(marker), client_id: marker })
    const jobId = member(parseAnswer(queued.text), 'prompt_id')
    if (queued.status !== 200 || typeof jobId !== 'string')
      return { ...none, problem: `the job was refused (${queued.status}): ${queued.text.slice(0, 300)}` }
    const entry = await finished(pair, jobId)
    const problem = entry === undefined ? 'the job did not finish within two minutes' : undefined
    return { ...none, jobId, outputs: filesIn(entry, 'output'), temp: filesIn(entry, 'temp'), problem, ...ears(ear) }
  } finally {
    ear.close()
  }
}

/** Whatever can be taken back: files where deleting is configured, the job, the workflow, the setting. */
export async function takeBack({ owner, marker }: Pair, deeds: Deeds): Promise<readonly string[]> {
  await owner.send('POST', '/history', { clear: true })
  await owner.send('DELETE', `/userdata/workflows%2F${marker}.json`, undefined)
  const files = [
    ...(deeds.picture === undefined ? [] : [{ root: 'input', subfolder: '', filename: deeds.picture }]),
    ...deeds.outputs.map((filename) => ({ root: 'output', subfolder: '', filename })),
  ]
  if (files.length === 0) return []
  const answer = await owner.send('DELETE', '/gatehouse/api/v1/files', { files })
  return answer.status === 200 ? [] : files.map(({ root, filename }) => `${root}/${owner.folderKey}/${filename}`)
}

export function graph(prefix: string): Json {
  return {
    '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 8421504 } },
    '2': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
    '3': { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
}

async function findMissing({ owner }: Pair): Promise<string | undefined> {
  for (const name of needed) {
    const answer = await owner.get(`/object_info/${name}`)
    if (answer.status !== 200 || member(parseAnswer(answer.text), name) === undefined) return name
  }
  return undefined
}

async function finished({ owner }: Pair, jobId: string): Promise<Json | undefined> {
  const deadline = Date.now() + patienceMs
  while (Date.now() < deadline) {
    const entry = member(parseAnswer((await owner.get(`/history/${jobId}`)).text), jobId)
    if (entry !== undefined) return entry
    await wait(pauseMs)
  }
  return undefined
}

function ears(ear: Ear): { readonly heardByOther: string } {
  return { heardByOther: ear.heard() }
}

/** `{outputs: {node: {images: [{filename, type}]}}}` of a history entry. */
function filesIn(entry: Json | undefined, type: 'output' | 'temp'): readonly string[] {
  const outputs = member(entry, 'outputs')
  if (!isObject(outputs)) return []
  return Object.values(outputs)
    .map((output) => member(output, 'images'))
    .flatMap((images) => (isArray(images) ? images : []))
    .filter((image) => member(image, 'type') === type)
    .map((image) => member(image, 'filename'))
    .filter((name) => typeof name === 'string')
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function parseAnswer(text: string): Json | undefined {
  try {
    return parseUpstreamJson(text)
  } catch {
    // No JSON is no answer; what was asked for is then missing.
    return undefined
  }
}
