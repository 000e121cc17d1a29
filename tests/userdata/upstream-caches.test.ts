/** Do the caches say what ComfyUI says, in fewer bytes? Against a real one. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { JsonObject } from '@gatehouse/shared/json'
import { createAssetCache } from '@gatehouse/sidecar/src/comfyui/asset-cache.ts'
import { createDocument, scriptTag } from '@gatehouse/sidecar/src/comfyui/document.ts'
import type { FetchUpstream } from '@gatehouse/sidecar/src/comfyui/fetch-upstream.ts'
import { createGlobalSubgraphs } from '@gatehouse/sidecar/src/comfyui/global-subgraphs.ts'
import { createJsonCache } from '@gatehouse/sidecar/src/comfyui/json-cache.ts'
import { createObjectInfo } from '@gatehouse/sidecar/src/comfyui/object-info.ts'
import { createObjectInfoAnswer } from '@gatehouse/sidecar/src/comfyui/object-info-answer.ts'
import { readInputFiles } from '@gatehouse/sidecar/src/comfyui/shared-facts.ts'
import type { Answer } from '@gatehouse/sidecar/src/policy/answer.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { canonical } from './people.ts'

const place = findRealComfyui()
if (place === undefined) console.warn(`upstream caches against the real ComfyUI: ${noRealComfyui}`)

const viewer = {
  files: { input: [{ root: 'input' as const, subfolder: '', filename: 'cat.png' }], output: [] },
  policy: { key: 'everything', show: (_name: string, info: JsonObject) => info },
}
const asked = { acceptEncoding: 'br' }

describe.skipIf(place === undefined)('in front of a real ComfyUI', () => {
  let comfyui: RealComfyui
  let directory: string
  let fetchUpstream: FetchUpstream
  let nowMs = 0

  beforeAll(async () => {
    comfyui = await startRealComfyui()
    directory = await mkdtemp(join(tmpdir(), 'gatehouse-caches-'))
    await mkdir(join(comfyui.baseDirectory, 'models', 'checkpoints'), { recursive: true })
    await writeFile(join(comfyui.baseDirectory, 'input', 'boss.png'), 'x')
    fetchUpstream = async (path, { headers = {} } = {}) => {
      const reply = await fetch(`${comfyui.url}${path}`, { headers: { 'accept-encoding': 'identity', ...headers } })
      return { status: reply.status, headers: new Map(reply.headers), body: new Uint8Array(await reply.arrayBuffer()) }
    }
  }, 200_000)

  afterAll(async () => {
    await comfyui?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const direct = async (path: string): Promise<Buffer> => Buffer.from((await fetchUpstream(path)).body)

  test('the files the page asks for first are the same, and a quarter of the size', async () => {
    const page = (await direct('/')).toString()
    const paths = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map((match) => `/${match[1]}`)
    const chunks = paths.filter((path) => path.startsWith('/assets/'))
    expect(chunks.length).toBeGreaterThan(2)
    const cache = createAssetCache({ fetchUpstream, directory, clock: () => nowMs })
    let plainBytes = 0
    let sentBytes = 0
    for (const path of chunks) {
      const answer = bytes(await cache.answer(canonical('GET', path, asked)))
      const plain = await direct(path)
      expect(brotliDecompressSync(answer.body).equals(plain), path).toBe(true)
      expect(answer.headers['cache-control'], path).toBe('public, max-age=31536000, immutable')
      plainBytes += plain.length
      sentBytes += answer.body.length
    }
    expect(sentBytes / plainBytes).toBeLessThan(0.3)
  })

  test('an absent chunk is a 404 and no page', async () => {
    const cache = createAssetCache({ fetchUpstream, directory, clock: () => nowMs })
    expect(await cache.answer(canonical('GET', '/assets/index-AAAAAAA1.js'))).toMatchObject({
      status: 404,
      kind: 'text',
    })
    expect(await cache.answer(canonical('GET', '/assets'))).toMatchObject({ status: 404, kind: 'text' })
  })

  test('the page carries the script before anything else', async () => {
    const tag = scriptTag({ src: '/gatehouse/inject.js', page: 'p', csrf: 'c', user: 'alice' })
    const answer = bytes(await createDocument({ fetchUpstream }).answer(canonical('GET', '/'), tag))
    expect(Buffer.from(answer.body).toString().replace(tag, '')).toBe((await direct('/')).toString())
    expect(Buffer.from(answer.body).toString()).toContain(`<head>${tag}<`)
  })

  test('every blueprint is in the one answer, as ComfyUI gives it', async () => {
    const answer = bytes(
      await createGlobalSubgraphs({ fetchUpstream }).all(canonical('GET', '/global_subgraphs', asked)),
    )
    const inlined = JSON.parse(brotliDecompressSync(answer.body).toString())
    const list = JSON.parse((await direct('/global_subgraphs')).toString())
    expect(Object.keys(inlined)).toEqual(Object.keys(list))
    expect(Object.keys(inlined).length).toBeGreaterThan(50)
    for (const id of Object.keys(list).slice(0, 10)) {
      expect(inlined[id]).toEqual(JSON.parse((await direct(`/global_subgraphs/${id}`)).toString()))
    }
    expect(answer.body.length).toBeLessThan(700_000)
  })

  test('object_info differs from ComfyUI in the lists of files only, and a new model shows on the next look', async () => {
    const clock = (): number => nowMs
    const jsonCache = createJsonCache({ fetchUpstream, clock })
    const objectInfo = createObjectInfo({ fetchUpstream, clock })
    const answers = createObjectInfoAnswer({ objectInfo, inputFiles: () => readInputFiles(jsonCache) })
    const look = async (): Promise<{ readonly seen: Record<string, unknown>; readonly sizeBytes: number }> => {
      const { body } = bytes(await answers.all(canonical('GET', '/object_info', asked), viewer))
      return { seen: JSON.parse(brotliDecompressSync(body).toString()), sizeBytes: body.length }
    }
    const { seen, sizeBytes } = await look()
    const truth: Record<string, unknown> = JSON.parse((await direct('/object_info')).toString())
    expect(Object.keys(seen)).toEqual(Object.keys(truth))
    const differing = Object.keys(truth).filter((name) => JSON.stringify(seen[name]) !== JSON.stringify(truth[name]))
    expect(differing.sort()).toEqual([
      'LoadImage',
      'LoadImageDataSetFromFolder',
      'LoadImageMask',
      'LoadImageTextDataSetFromFolder',
      'LoadVideoDataSetFromFolder',
      'LoadVideoTextDataSetFromFolder',
    ])
    expect(JSON.stringify(seen)).not.toContain('boss.png')
    expect(seen.LoadImage).toMatchObject({ input: { required: { image: [['cat.png'], { image_upload: true }] } } })
    expect(sizeBytes).toBeLessThan(250_000)
    await writeFile(join(comfyui.baseDirectory, 'models', 'checkpoints', 'fresh.safetensors'), 'x')
    nowMs += 2000
    expect(JSON.stringify((await look()).seen.CheckpointLoaderSimple)).toContain('fresh.safetensors')
  })
})

function bytes(answer: Answer): Extract<Answer, { kind: 'bytes' }> {
  if (answer.kind !== 'bytes') throw new Error(`${answer.kind} ${answer.status}`)
  return answer
}
