/** How is a person's own file handed out? As ComfyUI's getuserdata does, and never as something that runs. */
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Answer, type AnswerHeaders, empty } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { type ByteRange, parseRange } from '../transform/byte-range.ts'
import { isUnmodifiedSince, matchesEtag } from '../transform/etag.ts'
import { harmlessType } from './content-type.ts'
import { findPlace } from './find-place.ts'
import type { Place, Places } from './places.ts'
import { isAbsent, systemCode } from './storage-error.ts'

// Up to here a file is read in one go and leaves no open handle behind.
const readWholeBytes = 1024 * 1024

/** GET and HEAD /userdata/{file}. */
export async function download(places: Places, place: Place, request: CanonicalRequest): Promise<Answer> {
  const found = await findPlace(places, place)
  // aiohttp's FileResponse refuses folders after the handler has set its headers.
  if (found?.kind === 'directory') return { kind: 'empty', status: 403, headers: fileHeaders(place) }
  const handle = found === undefined ? undefined : await openFile(place.path)
  if (handle === undefined) return empty(404)
  let isHandedOver = false
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) return empty(404)
    const answer = await fileAnswer(handle, stats, place, request)
    isHandedOver = answer.kind === 'stream'
    return answer
  } finally {
    if (!isHandedOver) await handle.close()
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  // NOFOLLOW and NONBLOCK: a link or a pipe that took the file's place since it was looked at is neither followed nor
  // waited for. Windows has neither flag, and neither thing in this form.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  try {
    return await open(path, flags)
  } catch (cause) {
    if (isAbsent(cause) || systemCode(cause) === 'ELOOP') return undefined
    throw cause
  }
}

async function fileAnswer(
  handle: FileHandle,
  stats: BigIntStats,
  place: Place,
  request: CanonicalRequest,
): Promise<Answer> {
  const size = Number(stats.size)
  // aiohttp web_fileresponse.py 3.14: hexadecimal nanoseconds and size.
  const etag = `"${stats.mtimeNs.toString(16)}-${stats.size.toString(16)}"`
  const headers = { ...fileHeaders(place), etag, 'last-modified': new Date(Number(stats.mtimeMs)).toUTCString() }
  if (isFresh(request, etag, Number(stats.mtimeMs))) return { kind: 'empty', status: 304, headers }
  const range = wantedRange(request, etag, Number(stats.mtimeMs), size)
  if (range.kind === 'unsatisfiable') {
    return { kind: 'empty', status: 416, headers: { ...fileHeaders(place), 'content-range': `bytes */${size}` } }
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: size }
  const part = range.kind === 'part' ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}
  return contentAnswer(handle, start, end, range.kind === 'part' ? 206 : 200, {
    ...headers,
    ...part,
    'accept-ranges': 'bytes',
    'content-length': String(end - start),
  })
}

async function contentAnswer(
  handle: FileHandle,
  start: number,
  end: number,
  status: number,
  headers: AnswerHeaders,
): Promise<Answer> {
  if (end - start > readWholeBytes) {
    return { kind: 'stream', status, body: handle.createReadStream({ start, end: end - 1 }), headers }
  }
  const body = new Uint8Array(end - start)
  const { bytesRead } = await handle.read(body, 0, body.length, start)
  // Files are replaced, never shortened in place: fewer bytes mean a disk that is failing.
  if (bytesRead !== body.length) throw new Error('a userdata file became shorter while it was read')
  return { kind: 'bytes', status, body, headers }
}

function isFresh(request: CanonicalRequest, etag: string, modifiedMs: number): boolean {
  const { ifNoneMatch, ifModifiedSince } = request.headers
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, [etag])
  return isUnmodifiedSince(ifModifiedSince, modifiedMs)
}

function wantedRange(request: CanonicalRequest, etag: string, modifiedMs: number, size: number): ByteRange {
  const { range, ifRange } = request.headers
  const isSame = ifRange === undefined || ifRange === etag || isUnmodifiedSince(ifRange, modifiedMs)
  return parseRange(isSame ? range : undefined, size)
}

/**
 * Attachment, nosniff and a sandbox without scripts: a tenant's page or picture never runs on the origin of the UI.
 * `user.css` is the one file the UI itself links; it is the reader's own and styles nobody else's page.
 */
function fileHeaders(place: Place): AnswerHeaders {
  const isStyle = place.kind === 'css'
  return {
    'content-type': isStyle ? 'text/css' : harmlessType(place.segments.at(-1) ?? ''),
    'x-content-type-options': 'nosniff',
    'content-disposition': isStyle ? 'inline' : 'attachment',
    'content-security-policy': "sandbox; default-src 'none'",
    'cache-control': 'private, no-cache',
  }
}
