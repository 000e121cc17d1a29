import { expect, test } from 'vitest'
import { createGlobalSubgraphs } from './global-subgraphs.ts'
import { createJsonCache } from './json-cache.ts'
import { readInputFiles } from './shared-facts.ts'
import { createUpstreamDouble, get } from './upstream-double.ts'

function start(files: Readonly<Record<string, string>>) {
  const upstream = createUpstreamDouble(files)
  const time = { nowMs: 0 }
  return { upstream, time, cache: createJsonCache({ fetchUpstream: upstream.fetchUpstream, clock: () => time.nowMs }) }
}

test('an answer is believed for a moment, then asked for again, and 304 when it is the same', async () => {
  const { upstream, time, cache } = start({ '/embeddings': '["a"]' })
  const first = await cache.answer(get('/embeddings'), '/embeddings')
  await cache.answer(get('/embeddings'), '/embeddings')
  expect(upstream.asked).toHaveLength(1)
  time.nowMs = 2000
  const again = await cache.answer(get('/embeddings', { ifNoneMatch: first.headers?.etag ?? '' }), '/embeddings')
  expect(again.status).toBe(304)
  upstream.files.set('/embeddings', '["a","b"]')
  time.nowMs = 4000
  const changed = await cache.answer(get('/embeddings', { ifNoneMatch: first.headers?.etag ?? '' }), '/embeddings')
  if (changed.kind !== 'bytes') throw new Error('not bytes')
  expect(Buffer.from(changed.body).toString()).toBe('["a","b"]')
})

test('two narrowings of one answer are never mixed', async () => {
  const { cache } = start({ '/models': '["a","b"]' })
  const only = (name: string) => ({ variant: name, narrow: () => [name] })
  for (const name of ['a', 'b', 'a']) {
    const answer = await cache.answer(get('/models'), '/models', only(name))
    if (answer.kind !== 'bytes') throw new Error('not bytes')
    expect(Buffer.from(answer.body).toString()).toBe(`["${name}"]`)
  }
})

test('what ComfyUI refuses is passed on as a status, without its words', async () => {
  const { cache } = start({})
  expect(await cache.answer(get('/models/none'), '/models/none')).toEqual({ kind: 'empty', status: 404 })
  expect(await cache.read('/models/none')).toMatchObject({ status: 404, value: null })
})

test('a restarted ComfyUI is asked anew', async () => {
  const { upstream, cache } = start({ '/i18n': '{}' })
  await cache.read('/i18n')
  cache.invalidate()
  await cache.read('/i18n')
  expect(upstream.asked).toHaveLength(2)
})

test('input file names lose the mark that newer versions add', async () => {
  const { cache } = start({ '/internal/files/input': '["a.png [input]", "b.png"]' })
  expect(await readInputFiles(cache)).toEqual(new Set(['a.png', 'b.png']))
  expect(await readInputFiles(start({}).cache)).toEqual(new Set())
})

test('every blueprint is in the list with its data, and fetched once', async () => {
  const { upstream } = start({
    '/global_subgraphs': '{"x": {"name": "X"}, "y": {"name": "Y"}}',
    '/global_subgraphs/x': '{"name": "X", "data": "graph x"}',
    '/global_subgraphs/y': '{"name": "Y", "data": "graph y"}',
  })
  const subgraphs = createGlobalSubgraphs({ fetchUpstream: upstream.fetchUpstream })
  const [first] = await Promise.all([subgraphs.all(get('/global_subgraphs')), subgraphs.all(get('/global_subgraphs'))])
  if (first?.kind !== 'bytes') throw new Error('not bytes')
  expect(JSON.parse(Buffer.from(first.body).toString())).toEqual({
    x: { name: 'X', data: 'graph x' },
    y: { name: 'Y', data: 'graph y' },
  })
  expect(await subgraphs.one('x')).toMatchObject({ value: { data: 'graph x' } })
  expect(await subgraphs.one('none')).toMatchObject({ status: 200, value: null })
  expect(upstream.asked).toHaveLength(3)
  subgraphs.invalidate()
  await subgraphs.one('x')
  expect(upstream.asked).toHaveLength(6)
})

test('a blueprint that cannot be read is left without data, and tried again', async () => {
  const { upstream } = start({ '/global_subgraphs': '{"x": {"name": "X"}}' })
  const subgraphs = createGlobalSubgraphs({ fetchUpstream: upstream.fetchUpstream })
  expect(await subgraphs.one('x')).toMatchObject({ value: { name: 'X' } })
  upstream.files.set('/global_subgraphs/x', '{"data": "now"}')
  expect(await subgraphs.one('x')).toMatchObject({ value: { name: 'X', data: 'now' } })
})
