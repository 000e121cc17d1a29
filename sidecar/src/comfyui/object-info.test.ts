import type { JsonObject } from '@gatehouse/shared/json'
import { expect, test } from 'vitest'
import { createObjectInfo } from './object-info.ts'
import { createObjectInfoAnswer } from './object-info-answer.ts'
import { createUpstreamDouble, get } from './upstream-double.ts'

const loader = (names: readonly string[]): string =>
  `{"input": {"required": {"ckpt": [${JSON.stringify(names)}]}}, "big": 18446744073709551615}`
const loadImage = '{"input": {"required": {"image": [["boss.png"], {"image_upload": true}]}}}'
const noise = '{"input": {"required": {"seed": ["FLOAT", {"max": Infinity, "default": NaN}]}}}'

const everything = { key: 'everything', show: (_name: string, info: JsonObject) => info }

function start() {
  const upstream = createUpstreamDouble({
    '/models': '["checkpoints", "custom_nodes", "datasets"]',
    '/models/checkpoints': '["a.safetensors"]',
    '/models/custom_nodes': '[]',
    '/embeddings': '[]',
    '/extensions': '[]',
    '/object_info': `{"Loader": ${loader(['a.safetensors'])}, "LoadImage": ${loadImage}, "Noise": ${noise}}`,
  })
  const time = { nowMs: 0 }
  const objectInfo = createObjectInfo({ fetchUpstream: upstream.fetchUpstream, clock: () => time.nowMs })
  const wholeCount = (): number => upstream.asked.filter((line) => line === 'GET /object_info').length
  return { upstream, time, objectInfo, wholeCount }
}

test('callers at the same moment, and within two seconds, share one fetch', async () => {
  const { upstream, time, objectInfo, wholeCount } = start()
  await Promise.all(Array.from({ length: 10 }, () => objectInfo.current()))
  time.nowMs = 1999
  await objectInfo.current()
  expect(wholeCount()).toBe(1)
  expect(upstream.asked.filter((line) => line === 'GET /models')).toHaveLength(1)
  expect(upstream.asked).not.toContain('GET /models/custom_nodes')
})

test('a new model appears on the next look, and nothing unchanged is parsed again', async () => {
  const { upstream, time, objectInfo, wholeCount } = start()
  const before = await objectInfo.current()
  upstream.files.set('/models/checkpoints', '["a.safetensors", "b.safetensors"]')
  upstream.files.set(
    '/object_info',
    `{"Loader": ${loader(['a.safetensors', 'b.safetensors'])}, "LoadImage": ${loadImage}, "Noise": ${noise}}`,
  )
  time.nowMs = 2000
  const after = await objectInfo.current()
  expect(wholeCount()).toBe(2)
  expect(after.version).not.toBe(before.version)
  expect(after.fragments.get('Loader')).toContain('b.safetensors')
  expect(after.classes.get('LoadImage')).toBe(before.classes.get('LoadImage'))
})

test('a look that finds nothing new costs no whole fetch until minutes have passed, and then nobody waits for it', async () => {
  const { upstream, time, objectInfo, wholeCount } = start()
  const before = await objectInfo.current()
  time.nowMs = 60_000
  expect(await objectInfo.current()).toBe(before)
  expect(wholeCount()).toBe(1)
  upstream.files.set('/object_info', `{"LoadImage": ${loadImage}}`)
  time.nowMs = 200_000
  expect(await objectInfo.current()).toBe(before)
  await expect.poll(async () => (await objectInfo.current()).classes.size).toBe(1)
})

test('a restarted ComfyUI is asked anew, and an answer from before the restart is not kept', async () => {
  const { upstream, time } = start()
  const asked = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const objectInfo = createObjectInfo({
    clock: () => time.nowMs,
    fetchUpstream: async (path, options) => {
      const reply = await upstream.fetchUpstream(path, options)
      if (path === '/object_info' && upstream.asked.filter((line) => line.endsWith(path)).length === 1) {
        asked.resolve()
        await mayAnswer.promise
      }
      return reply
    },
  })
  const early = objectInfo.current()
  await asked.promise
  objectInfo.invalidate()
  upstream.files.set('/object_info', `{"LoadImage": ${loadImage}}`)
  const late = await objectInfo.current()
  mayAnswer.resolve()
  expect((await early).classes.size).toBe(3)
  expect(late.classes.size).toBe(1)
  expect(await objectInfo.current()).toBe(late)
})

test('ComfyUI down, or answering nonsense, is said so and forgotten', async () => {
  const { upstream, objectInfo } = start()
  upstream.isDown = true
  await expect(objectInfo.current()).rejects.toMatchObject({ code: 'comfyui_down' })
  upstream.isDown = false
  upstream.files.set('/object_info', '<html>')
  await expect(objectInfo.current()).rejects.toMatchObject({ code: 'comfyui_down' })
  upstream.files.set('/object_info', `{"LoadImage": ${loadImage}}`)
  expect((await objectInfo.current()).classes.size).toBe(1)
})

test('Python NaN becomes null and large numbers keep every digit', async () => {
  const { objectInfo } = start()
  const { fragments } = await objectInfo.current()
  expect(JSON.parse(fragments.get('Noise') ?? '').input.required.seed).toEqual(['FLOAT', { max: null, default: null }])
  expect(fragments.get('Loader')).toContain('18446744073709551615')
})

test('every tenant gets its own files, and a tag that changes with them', async () => {
  const { objectInfo } = start()
  const answers = createObjectInfoAnswer({ objectInfo, inputFiles: async () => new Set(['boss.png']) })
  const viewer = (...names: readonly string[]) => ({
    files: { input: names.map((filename) => ({ root: 'input' as const, subfolder: '', filename })), output: [] },
    policy: everything,
  })
  const [alice, bob] = [
    await answers.all(get('/object_info'), viewer('cat.png')),
    await answers.all(get('/object_info'), viewer()),
  ]
  if (alice.kind !== 'bytes' || bob.kind !== 'bytes') throw new Error('not bytes')
  expect(JSON.parse(Buffer.from(alice.body).toString()).LoadImage.input.required.image[0]).toEqual(['cat.png'])
  expect(JSON.parse(Buffer.from(bob.body).toString()).LoadImage.input.required.image[0]).toEqual([])
  expect(alice.headers.etag).not.toBe(bob.headers.etag)
  const ifNoneMatch = alice.headers.etag ?? ''
  expect(await answers.all(get('/object_info', { ifNoneMatch }), viewer('cat.png'))).toMatchObject({ status: 304 })
  expect(await answers.all(get('/object_info', { ifNoneMatch }), viewer('cat.png', 'dog.png'))).toMatchObject({
    status: 200,
  })
  expect(await answers.one('LoadImage', viewer('dog.png'))).toMatchObject({
    value: { LoadImage: { input: { required: { image: [['dog.png'], {}] } } } },
  })
  expect(await answers.one('Nothing', viewer())).toEqual({ kind: 'json', status: 200, value: {} })
})

test('a class the viewer is not shown is in neither answer, and what is hidden inside a class in neither', async () => {
  const { objectInfo } = start()
  const answers = createObjectInfoAnswer({ objectInfo, inputFiles: async () => new Set() })
  const noise = { input: { required: {} } }
  const viewer = {
    files: { input: [], output: [] },
    policy: {
      key: 'guest',
      show: (name: string, info: JsonObject) => (name === 'Loader' ? undefined : name === 'Noise' ? noise : info),
    },
  }
  const all = await answers.all(get('/object_info'), viewer)
  if (all.kind !== 'bytes') throw new Error('not bytes')
  const shown = JSON.parse(Buffer.from(all.body).toString())
  expect(Object.keys(shown)).toEqual(['LoadImage', 'Noise'])
  expect(shown.Noise).toEqual(noise)
  expect(await answers.one('Loader', viewer)).toEqual({ kind: 'json', status: 200, value: {} })
  expect(await answers.one('Noise', viewer)).toEqual({ kind: 'json', status: 200, value: { Noise: noise } })
})

test('what a policy hides is looked for once, until the policy or ComfyUI changes', async () => {
  const { upstream, objectInfo } = start()
  const answers = createObjectInfoAnswer({ objectInfo, inputFiles: async () => new Set() })
  let looks = 0
  const viewer = (key: string, filename: string) => ({
    files: { input: [{ root: 'input' as const, subfolder: '', filename }], output: [] },
    policy: {
      key,
      show: (_name: string, info: JsonObject) => {
        looks += 1
        return info
      },
    },
  })
  await answers.all(get('/object_info'), viewer('user', 'a.png'))
  await answers.all(get('/object_info'), viewer('user', 'b.png'))
  expect(looks).toBe(3)
  await answers.all(get('/object_info'), viewer('guest', 'b.png'))
  expect(looks).toBe(6)
  upstream.files.set('/object_info', `{"LoadImage": ${loadImage}}`)
  objectInfo.invalidate()
  await answers.all(get('/object_info'), viewer('user', 'a.png'))
  expect(looks).toBe(7)
})

test("no tenant's tag changes with the folders of others, which its answer does not show", async () => {
  const datasets = (folder: string) =>
    `{"LoadImageDataSetFromFolder": {"input": {"required": {"folder": [["${folder}"]]}}}}`
  const tagOf = async (folder: string) => {
    const { upstream, objectInfo } = start()
    upstream.files.set('/object_info', datasets(folder))
    const answers = createObjectInfoAnswer({ objectInfo, inputFiles: async () => new Set() })
    const answer = await answers.all(get('/object_info'), { files: { input: [], output: [] }, policy: everything })
    if (answer.kind !== 'bytes') throw new Error('not bytes')
    expect(Buffer.from(answer.body).toString()).not.toContain(folder)
    return answer.headers.etag
  }
  expect(await tagOf('a'.repeat(20))).toBe(await tagOf('b'.repeat(20)))
})
