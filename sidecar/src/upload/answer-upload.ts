/** How is an upload carried out? Streamed to ComfyUI while it arrives; sealed only when every field was judged. */
import type { Readable } from 'node:stream'
import type { Json } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import { type Answer, empty, json } from '../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../policy/canonical-request.ts'
import type { FileName, World } from '../policy/world.ts'
import { isObject } from '../transform/json-shape.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import { endingOf } from '../transform/shown-as.ts'
import { findRefusedName, guardContent } from './guard-content.ts'
import { baseName, type FormField, judgeForm } from './judge-form.ts'
import { type FilePart, readForm } from './read-form.ts'

/** A form that is being sent: the file first, then the judged fields; without `seal` ComfyUI keeps nothing. */
export interface OutgoingForm {
  sendFile(stream: Readable): Promise<void>
  seal(fields: readonly FormField[]): Promise<{ readonly status: number; readonly body: Uint8Array }>
  abort(): void
}

export type OpenForm = (path: string, file: { readonly filename: string; readonly mimeType: string }) => OutgoingForm

/** Answers `POST /upload/image` and `/upload/mask`. @throws bad_upload, body_too_large, upload_type_refused, forbidden, comfyui_down */
export async function answerUpload(
  kind: 'image' | 'mask',
  request: CanonicalRequest,
  world: World,
  body: RequestBody,
  openForm: OpenForm,
): Promise<Answer> {
  const limitBytes = world.limits.maxUploadBytes
  if ((request.headers.contentLength ?? 0) > limitBytes) throw new GatehouseError('body_too_large')
  const form = readForm(body.stream(), request.headers.contentType ?? '', limitBytes)
  const file = await form.file
  const filename = baseName(file.filename)
  if (filename === undefined) {
    file.stream.resume()
    throw new GatehouseError('bad_upload', { message: 'The file needs a plain name.' })
  }
  if (!isAllowedType(filename, world.limits.uploadTypes)) {
    file.stream.resume()
    throw refusedType(filename, world.limits.uploadTypes)
  }
  const refusedName = findRefusedName(filename, world.limits)
  if (refusedName !== undefined) {
    file.stream.resume()
    throw refusedName
  }
  const startedAtMs = Date.now()
  const sent = openForm(`/upload/${kind}`, { filename, mimeType: safeMimeType(file) })
  const leave = enter(world)
  try {
    await sent.sendFile(guardContent(file.stream, filename, world.limits))
    const judged = await judgeForm({ kind, filename: file.filename, fields: await form.fields }, world.files)
    const answer = await sent.seal(judged.fields)
    // ComfyUI writes in place: on a full disk it leaves the beginning.
    if (answer.status >= 500 && isAlone(world)) await world.files.discardUpload({ ...judged, startedAtMs })
    return await ownReply(answer, world)
  } catch (error) {
    sent.abort()
    file.stream.resume()
    throw error
  } finally {
    leave()
  }
}

/** Uploads that are under way, by tenant, on every worker. */
const underWay = new Map<string, number>()

function enter({ principal }: World): () => void {
  const { id } = principal.tenant
  underWay.set(id, (underWay.get(id) ?? 0) + 1)
  return () => {
    const left = (underWay.get(id) ?? 1) - 1
    if (left === 0) underWay.delete(id)
    else underWay.set(id, left)
  }
}

/** A file that appears meanwhile could be another upload's. */
function isAlone({ principal }: World): boolean {
  return underWay.get(principal.tenant.id) === 1
}

/** By the ending alone, as everybody after us judges it: what a form calls its type is the sender's word. */
function isAllowedType(filename: string, allowed: readonly string[]): boolean {
  return allowed.includes('*') || allowed.includes(`.${endingOf(filename)}`)
}

function refusedType(filename: string, allowed: readonly string[]): GatehouseError {
  const ending = endingOf(filename)
  const what = /^[a-z0-9]{1,16}$/.test(ending) ? `Files that end in .${ending}` : 'Files of this type'
  const may = allowed.length === 0 ? 'no file may be' : `allowed are ${allowed.join(', ')}`
  return new GatehouseError('upload_type_refused', { message: `${what} may not be uploaded: ${may}.` })
}

function safeMimeType(file: FilePart): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream'
}

async function ownReply(answer: { status: number; body: Uint8Array }, world: World): Promise<Answer> {
  if (answer.status >= 400 && answer.status < 500) return empty(answer.status)
  if (answer.status !== 200) throw new GatehouseError('comfyui_down', { detail: `an upload answered ${answer.status}` })
  const named = parseReply(parseUpstreamJson(new TextDecoder().decode(answer.body)))
  if (named === undefined) throw new GatehouseError('comfyui_down', { detail: 'an upload was answered with no name' })
  const own = await world.files.toOwn(named)
  if (own === undefined) throw new GatehouseError('internal', { detail: 'ComfyUI named a file outside the tenant' })
  await world.files.recordUpload(own)
  return json({ name: own.filename, subfolder: own.subfolder, type: own.root })
}

function parseReply(value: Json): FileName | undefined {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.subfolder !== 'string') return undefined
  return { root: 'input', subfolder: value.subfolder, filename: value.name }
}
