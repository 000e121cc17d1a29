/** How does aiohttp's FileResponse send a file? With ETag, Last-Modified, conditions and one byte range. */

import { type BigIntStats, closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { AnswerHeaders, FileAnswer } from './answer.ts'
import { aiohttpTypeOf } from './content-types.ts'

export interface PreparedFile {
  readonly status: number
  readonly headers: AnswerHeaders
  /** Absent when nothing is to be sent. */
  readonly open?: () => Readable
  /** Answers without a length are chunked, as aiohttp sends them. */
  readonly chunked: boolean
}
type Header = (name: string) => string | undefined

export function prepareFile(answer: FileAnswer, header: Header): PreparedFile {
  const stats = statOf(answer.path)
  if (stats === undefined) return { status: 404, headers: withType(answer.headers, octetStream), chunked: true }
  if (!stats.isFile()) return { status: 403, headers: withType(answer.headers, octetStream), chunked: true }
  const etag = `${stats.mtimeNs.toString(16)}-${stats.size.toString(16)}`
  const modifiedSeconds = Number(stats.mtimeNs) / 1e9
  const validators: AnswerHeaders = [
    ['Etag', `"${etag}"`],
    ['Last-Modified', new Date(Math.ceil(modifiedSeconds) * 1000).toUTCString()],
  ]
  const refused = checkConditions(etag, modifiedSeconds, header)
  if (refused === 412) return { status: 412, headers: [...answer.headers, ['Content-Length', '0']], chunked: false }
  if (refused === 304) return { status: 304, headers: [...answer.headers, ...validators], chunked: false }
  return rangeOf(answer, Number(stats.size), validators, modifiedSeconds, header)
}

const octetStream = 'application/octet-stream'

function rangeOf(
  answer: FileAnswer,
  size: number,
  validators: AnswerHeaders,
  modifiedSeconds: number,
  header: Header,
): PreparedFile {
  const ifRange = secondsOf(header('if-range'))
  const range = ifRange === undefined || modifiedSeconds <= ifRange ? parseRange(header('range'), size) : undefined
  if (range === 'unsatisfiable') {
    return {
      status: 416,
      headers: [...withType(answer.headers, octetStream), ['Content-Range', `bytes */${size}`]],
      chunked: true,
    }
  }
  const start = range?.start ?? 0
  const count = range === undefined ? size : range.end - range.start
  const headers: (readonly [string, string])[] = [
    ...withType(answer.headers, aiohttpTypeOf(answer.path)),
    ...validators,
    ['Content-Length', String(count)],
    ['Accept-Ranges', 'bytes'],
  ]
  if (range !== undefined) headers.push(['Content-Range', `bytes ${start}-${start + count - 1}/${size}`])
  const open = () => openPart(answer.path, start, count)
  return { status: range === undefined ? 200 : 206, headers, chunked: false, ...(count > 0 ? { open } : {}) }
}

/** Bytes that one system call of `sendfile` takes. */
const atOnceBytes = 1024 * 1024

/** A small file is sent by `sendfile` on the event loop (aiohttp `_sendfile`): no upload is half written meanwhile. */
function openPart(path: string, start: number, count: number): Readable {
  if (count > atOnceBytes) return createReadStream(path, { start, end: start + count - 1 })
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(count)
    return Readable.from([bytes.subarray(0, readSync(file, bytes, 0, count, start))])
  } finally {
    closeSync(file)
  }
}

/** aiohttp `BaseRequest.http_range` and `_prepare_open_file`. */
function parseRange(
  range: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  if (range === undefined) return undefined
  const match = /^bytes=(\d*)-(\d*)$/.exec(range)
  if (match === null || (match[1] === '' && match[2] === '')) return 'unsatisfiable'
  if (match[1] === '') return { start: Math.max(0, size - Number(match[2])), end: size }
  const start = Number(match[1])
  const end = match[2] === '' ? size : Math.min(Number(match[2]) + 1, size)
  if (start >= size || (match[2] !== '' && start > Number(match[2]))) return 'unsatisfiable'
  return { start, end }
}

function checkConditions(etag: string, modifiedSeconds: number, header: Header): 304 | 412 | undefined {
  const ifMatch = header('if-match')
  if (ifMatch !== undefined && !matches(ifMatch, etag, false)) return 412
  const unmodifiedSince = secondsOf(header('if-unmodified-since'))
  if (unmodifiedSince !== undefined && ifMatch === undefined && modifiedSeconds > unmodifiedSince) return 412
  const ifNoneMatch = header('if-none-match')
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag, true)) return 304
  const modifiedSince = secondsOf(header('if-modified-since'))
  if (modifiedSince !== undefined && ifNoneMatch === undefined && modifiedSeconds <= modifiedSince) return 304
  return undefined
}

function matches(list: string, etag: string, weak: boolean): boolean {
  if (list.trim() === '*') return true
  return [...list.matchAll(/(W\/)?"([^"]*)"/g)].some(
    ([, isWeak, value]) => value === etag && (weak || isWeak === undefined),
  )
}

function secondsOf(date: string | undefined): number | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(time) ? undefined : time / 1000
}

function withType(headers: AnswerHeaders, type: string): AnswerHeaders {
  return headers.some(([name]) => name === 'Content-Type') ? headers : [...headers, ['Content-Type', type]]
}

function statOf(path: string): BigIntStats | undefined {
  try {
    const stats = statSync(path, { bigint: true })
    if (stats.isFile()) closeSync(openSync(path, 'r'))
    return stats
  } catch {
    // aiohttp answers every OSError of the file with 404.
    return undefined
  }
}
