import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Answer } from '../policy/answer.ts'
import type { SelectedHeaders } from '../policy/canonical-request.ts'
import { type AssetCache, type AssetCacheOptions, createAssetCache } from './asset-cache.ts'
import { createUpstreamDouble, get, type UpstreamDouble } from './upstream-double.ts'

const hashed = '/assets/index-BJ9xkq2L.js'
const plain = '/scripts/app.js'
const script = 'export const comfy = 1;\n'.repeat(200)
let directory: string
let upstream: UpstreamDouble
let nowMs: number

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-assets-'))
  upstream = createUpstreamDouble({
    [hashed]: script,
    [plain]: script,
    '/assets/font-BJ9xkq2L.woff2': 'font',
    '/fonts/x.woff2': 'font',
  })
  nowMs = 0
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const open = (options: Partial<AssetCacheOptions> = {}): AssetCache =>
  createAssetCache({ fetchUpstream: upstream.fetchUpstream, directory, clock: () => nowMs, ...options })

async function read(answer: Answer): Promise<string> {
  if (answer.kind === 'stream') return (await buffer(answer.body)).toString()
  if (answer.kind !== 'bytes') throw new Error(`${answer.kind} ${answer.status}`)
  const { 'content-encoding': encoding } = answer.headers
  if (encoding === 'br') return brotliDecompressSync(answer.body).toString()
  return encoding === 'gzip' ? gunzipSync(answer.body).toString() : Buffer.from(answer.body).toString()
}

const br: SelectedHeaders = { acceptEncoding: 'gzip, br' }

test('a hashed file is fetched once, compressed, and kept by browsers for good', async () => {
  const cache = open()
  for (let round = 0; round < 3; round += 1) {
    const answer = await cache.answer(get(hashed, br))
    expect(await read(answer)).toBe(script)
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      vary: 'Accept-Encoding',
    })
    nowMs += 1_000_000
  }
  expect(upstream.asked).toEqual([`GET ${hashed}`])
})

test('callers at the same moment share one fetch', async () => {
  const cache = open()
  const answers = await Promise.all(Array.from({ length: 20 }, () => cache.answer(get(hashed, br))))
  expect(await Promise.all(answers.map(read))).toEqual(Array(20).fill(script))
  expect(upstream.asked).toEqual([`GET ${hashed}`])
})

test('a file without a hash is asked for again by its tag, and its change is seen', async () => {
  const cache = open()
  const first = await cache.answer(get(plain, br))
  expect(first.headers?.['cache-control']).toBe('no-cache')
  nowMs += 2000
  await cache.answer(get(plain, br))
  upstream.files.set(plain, 'changed')
  nowMs += 2000
  expect(await read(await cache.answer(get(plain, br)))).toBe('changed')
  expect(upstream.asked).toEqual([`GET ${plain}`, `304 ${plain}`, `GET ${plain}`])
})

test('a browser that has the file gets 304, whichever coding it has', async () => {
  const cache = open()
  for (const acceptEncoding of ['br', 'gzip', 'identity']) {
    const { headers = {} } = await cache.answer(get(plain, { acceptEncoding }))
    const again = await cache.answer(get(plain, { acceptEncoding: 'br', ifNoneMatch: headers.etag ?? '' }))
    expect(again).toMatchObject({ kind: 'empty', status: 304 })
  }
  expect(await cache.answer(get(plain, { ifNoneMatch: '"other"' }))).toMatchObject({ status: 200 })
})

test('codings have tags of their own', async () => {
  const cache = open()
  const tags = await Promise.all(
    ['br', 'gzip', 'zstd', undefined].map(
      async (acceptEncoding) =>
        (await cache.answer(get(plain, acceptEncoding === undefined ? {} : { acceptEncoding }))).headers?.etag,
    ),
  )
  expect(new Set(tags).size).toBe(4)
})

test('the next process finds what this one kept, and asks by tag only', async () => {
  await open().answer(get(hashed, br))
  const next = open()
  expect(await read(await next.answer(get(hashed, br)))).toBe(script)
  expect(upstream.asked).toEqual([`GET ${hashed}`, `304 ${hashed}`])
})

test('a new ComfyUI with another frontend is believed at once', async () => {
  const cache = open()
  await cache.answer(get(hashed, br))
  upstream.files.set(hashed, 'other build')
  expect(await read(await cache.answer(get(hashed, br)))).toBe(script)
  cache.invalidate()
  expect(await read(await cache.answer(get(hashed, br)))).toBe('other build')
})

test('chunks still load while ComfyUI restarts, and only those', async () => {
  const cache = open()
  await cache.answer(get(hashed, br))
  await cache.answer(get(plain, br))
  upstream.isDown = true
  cache.invalidate()
  nowMs += 10_000
  expect(await read(await cache.answer(get(hashed, br)))).toBe(script)
  await expect(cache.answer(get(plain, br))).rejects.toMatchObject({ code: 'comfyui_down' })
})

test('a missing file is a 404 that nobody keeps, never a page', async () => {
  expect(await open().answer(get('/assets/gone-BJ9xkq2L.js'))).toEqual({
    kind: 'text',
    status: 404,
    text: '404: Not Found',
    headers: { 'cache-control': 'no-store' },
  })
})

test.each(['truncated', 'altered', 'emptied', 'removed'])('a %s copy on disk is never served', async (damage) => {
  await open().answer(get(hashed, br))
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (damage === 'truncated') await truncate(path, Math.floor((await readFile(path)).length / 2))
    if (damage === 'altered' && !name.endsWith('.json')) {
      const content = await readFile(path)
      await writeFile(path, content.fill(0x41, content.length - 9))
    }
    if (damage === 'emptied') await truncate(path, 0)
    if (damage === 'removed' && !name.endsWith('.json')) await rm(path)
  }
  const next = open()
  expect(await read(await next.answer(get(hashed, br)))).toBe(script)
  expect(await read(await next.answer(get(hashed)))).toBe(script)
})

test('a cache directory that cannot be used costs speed only', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  const cache = open({ directory: join(file, 'below') })
  expect(await read(await cache.answer(get(hashed, br)))).toBe(script)
  const tiny = open({ directory: join(file, 'below'), maxMemoryBytes: 10 })
  expect(await read(await tiny.answer(get(hashed, br)))).toBe(script)
})

test('the directory stays within its limit', async () => {
  const cache = open({ maxDiskBytes: 20_000 })
  for (let index = 0; index < 30; index += 1) {
    upstream.files.set(`/pack/${index}.js`, `${index}${script}`)
    await cache.answer(get(`/pack/${index}.js`))
  }
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await readFile(join(directory, name))).length),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(27_000)
})

test('a file over the limit is streamed, ranges passed on, and not kept', async () => {
  const asked: unknown[] = []
  const cache = open({
    maxFileBytes: 100,
    fetchUpstream: async (path, options) => {
      asked.push(options?.headers)
      return upstream.fetchUpstream(path)
    },
  })
  const answer = await cache.answer(get(hashed, { range: 'bytes=0-9', acceptEncoding: 'br' }))
  expect(answer.kind).toBe('stream')
  expect(await read(answer)).toBe(script)
  expect(asked).toEqual([{}, { range: 'bytes=0-9' }])
  expect(await readdir(directory)).toEqual([])
})

test('a range is answered from the plain bytes', async () => {
  const answer = await open().answer(get(plain, { range: 'bytes=7-11', acceptEncoding: 'br' }))
  expect(answer).toMatchObject({ status: 206, headers: { 'content-range': `bytes 7-11/${script.length}` } })
  expect(await read(answer)).toBe('const')
  expect(await open().answer(get(plain, { range: 'bytes=99999-' }))).toMatchObject({ kind: 'empty', status: 416 })
})

test('fonts and pictures go out as they are, with their true type', async () => {
  const answer = await open().answer(get('/fonts/x.woff2', br))
  expect(answer.headers).toMatchObject({ 'content-type': 'font/woff2', 'cache-control': 'no-cache' })
  expect(answer.headers).not.toHaveProperty('content-encoding')
  expect(answer.headers).not.toHaveProperty('vary')
})
