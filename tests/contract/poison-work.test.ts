/** Which graphs make a real ComfyUI work, hold or read more than they say, and does the door refuse each of them? */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normalisePrompt } from '../../sidecar/src/prompt/normalise.ts'
import { world } from '../../sidecar/src/prompt/world-fixture.ts'
import { isObject } from '../../sidecar/src/transform/json-shape.ts'
import { parseUpstreamJson, stringifyJson } from '../../sidecar/src/transform/lossless-json.ts'
import { findRealComfyui, noRealComfyui, type RealComfyui, startRealComfyui } from '../support/real-comfyui.ts'
import { at, finished, type Parsed, queuePrompt } from './client.ts'

type Inputs = Readonly<Record<string, unknown>>
type Node = { readonly class_type: string; readonly inputs: Inputs }
type Nodes = Readonly<Record<string, Node>>

const node = (class_type: string, inputs: Inputs): Node => ({ class_type, inputs })
const picture = (width: unknown, height: unknown = 8) => node('EmptyImage', { width, height, batch_size: 1, color: 0 })
const number = (value: number) => node('PrimitiveInt', { value })

/** `n0` and then so many nodes, each made of the one before. */
function chain(length: number, first: Node, next: (before: string) => Node): Nodes {
  const all: [string, Node][] = [['n0', first]]
  for (let step = 1; step <= length; step += 1) all.push([`n${step}`, next(`n${step - 1}`)])
  return Object.fromEntries(all)
}

const doubled = (length: number) =>
  chain(length, node('PrimitiveString', { value: 'ab' }), (before) =>
    node('StringConcatenate', { string_a: [before, 0], string_b: [before, 0], delimiter: '' }),
  )
const lists = (length: number) =>
  chain(length, number(1), (before) =>
    node(
      'CreateList',
      Object.fromEntries(Array.from({ length: 10 }, (_, entry) => [`inputs.input${entry}`, [before, 0]])),
    ),
  )
const repeated = (amount: number) =>
  chain(2, picture(8), (before) => node('RepeatImageBatch', { image: [before, 0], amount }))
const powers = (exponent: number) => ({
  m: node('ComfyMathExpression', { expression: `a**${exponent}*a**${exponent}`, 'values.a': 9 }),
})

/** What PreviewAny shows of an output: the text of each run. */
interface Fact {
  readonly says: string
  /** Small enough to be seen on a real ComfyUI. */
  readonly nodes: Nodes
  readonly shown: readonly [node: string, slot: number]
  readonly expected: (texts: readonly string[]) => void
  /** Even this little is more than ComfyUI itself would take, were it typed. */
  readonly isRefused?: true
  /** The same, as it would stop or kill the worker. */
  readonly harmful: Nodes
}

const facts: readonly Fact[] = [
  {
    says: 'a link carries a width beyond the largest that the class declares',
    nodes: { n: number(20_000), i: picture(['n', 0]), s: node('GetImageSize', { image: ['i', 0] }) },
    shown: ['s', 0],
    expected: (texts) => expect(texts).toEqual(['20000']),
    isRefused: true,
    harmful: { n: number(2 ** 40), s: picture(['n', 0]) },
  },
  {
    says: 'a list of lists has ten times the entries with every node',
    nodes: lists(3),
    shown: ['n3', 0],
    expected: (texts) => expect(texts).toHaveLength(1000),
    harmful: lists(9),
  },
  {
    says: 'a text doubles with every node',
    nodes: { ...doubled(12), l: node('StringLength', { string: ['n12', 0] }) },
    shown: ['l', 0],
    expected: (texts) => expect(texts).toEqual(['8192']),
    harmful: doubled(40),
  },
  {
    says: 'a replacement of nothing stands between all characters',
    nodes: {
      r: node('StringReplace', { string: 'x'.repeat(100), find: '', replace: 'y'.repeat(100) }),
      l: node('StringLength', { string: ['r', 0] }),
    },
    shown: ['l', 0],
    expected: (texts) => expect(texts).toEqual(['10200']),
    harmful: { r: node('StringReplace', { string: 'x'.repeat(100_000), find: '', replace: 'y'.repeat(100_000) }) },
  },
  {
    says: 'a repetition repeats what was repeated',
    nodes: { ...repeated(20), s: node('GetImageSize', { image: ['n2', 0] }) },
    shown: ['s', 2],
    expected: (texts) => expect(texts).toEqual(['400']),
    harmful: repeated(4096),
  },
  {
    says: 'a side of nought follows from the shape of the source',
    nodes: {
      i: picture(100, 1),
      w: node('ImageScale', { image: ['i', 0], upscale_method: 'area', width: 0, height: 10, crop: 'disabled' }),
      s: node('GetImageSize', { image: ['w', 0] }),
    },
    shown: ['s', 0],
    expected: (texts) => expect(texts).toEqual(['1000']),
    harmful: {
      i: picture(16_384, 1),
      w: node('ImageScale', { image: ['i', 0], upscale_method: 'area', width: 0, height: 16_384, crop: 'disabled' }),
    },
  },
]

const place = findRealComfyui()
if (place === undefined) console.warn(`graphs that poison the worker: ${noRealComfyui}`)

describe.skipIf(place === undefined)('on a real ComfyUI', () => {
  let real: RealComfyui
  let classes: ReadonlyMap<string, Record<string, never>>
  beforeAll(async () => {
    real = await startRealComfyui()
    const info = parseUpstreamJson(await (await fetch(`${real.url}/object_info`)).text())
    classes = parseClasses(info)
    mkdirSync(join(real.baseDirectory, 'input', 'alice'))
  }, 200_000)
  afterAll(async () => await real?.close())

  const has = (nodes: Nodes) => Object.values(nodes).every(({ class_type }) => classes.has(class_type))

  /** The history entry of a graph whose output is shown. */
  const run = async (nodes: Nodes, [shown, slot]: readonly [string, number]): Promise<Parsed> =>
    finished(real, await queuePrompt(real, { ...nodes, shown: node('PreviewAny', { source: [shown, slot] }) }))
  const texts = async (nodes: Nodes, shown: readonly [string, number]): Promise<readonly string[]> => {
    const told = at(await run(nodes, shown), 'outputs', 'shown', 'text')
    return Array.isArray(told) ? told.map(String) : []
  }
  /** The judgement of the door, with the classes of this very ComfyUI. */
  const judge = (nodes: Nodes, shown: string) =>
    normalisePrompt(
      parseUpstreamJson(JSON.stringify({ prompt: { ...nodes, shown: node('PreviewAny', { source: [shown, 0] }) } })),
      {
        ...world,
        objectInfo: { version: 'real', classes },
      },
    )

  it.each(facts)(
    '$says; the door refuses what that grows to',
    async ({ nodes, shown, expected, isRefused, harmful }) => {
      if (!has(nodes)) return console.warn(`SKIPPED: ${place?.version} has not all the classes of this sentence.`)
      expected(await texts(nodes, shown))
      expect(judge(nodes, shown[0])).toMatchObject({ ok: isRefused !== true })
      expect(judge(harmful, Object.keys(harmful).at(-1) ?? '')).toMatchObject({ ok: false, status: 400 })
    },
  )

  it('multiplies integers of hundreds of thousands of digits for an expression, which the door does not ask of it', async () => {
    if (!has(powers(1))) return console.warn(`SKIPPED: ${place?.version} has no math expressions.`)
    const entry = await run(powers(300_000), ['m', 0])
    expect(JSON.stringify(at(entry, 'status'))).toMatch(/Exceeds the limit \(4300 digits\)|too large to/)
    expect(judge(powers(300_000), 'm')).toMatchObject({ ok: false })
    expect(judge(powers(100), 'm')).toMatchObject({ ok: true })
  })

  it('follows a playlist out of the folder of a picture, which the door neither opens nor takes', async () => {
    const load = (image: string): Nodes => ({
      l: node('LoadImage', { image }),
      s: node('GetImageSize', { image: ['l', 0] }),
    })
    if (!has({ ...load(''), v: node('CreateVideo', {}) })) return console.warn('SKIPPED: no videos here.')
    // Somebody else's video, of three frames.
    const saved = {
      i: node('EmptyImage', { width: 64, height: 64, batch_size: 3, color: 0 }),
      v: node('CreateVideo', { images: ['i', 0], fps: 3 }),
      w: node('SaveVideo', { video: ['v', 0], filename_prefix: 'bob/secret', format: 'mp4', codec: 'h264' }),
    }
    await finished(real, await queuePrompt(real, saved))
    const write = (name: string, text: string) => writeFileSync(join(real.baseDirectory, 'input', 'alice', name), text)
    write(
      'x.m3u8',
      '#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n../../output/bob/secret_00001_.mp4\n#EXT-X-ENDLIST\n',
    )
    const frames = await texts(load('alice/x.m3u8'), ['s', 2])
    console.info(`a playlist among the pictures shows ${frames.join()} frames of another's video on ${place?.version}`)
    if (place?.version === '0.33.0') expect(frames).toEqual(['3'])
    expect(judge(load('x.m3u8'), 's')).toMatchObject({ ok: false })
    expect(judge(load('x.txt [output]'), 's')).toMatchObject({ ok: false })
    expect(judge(load('x.png'), 's')).toMatchObject({ ok: true })
  })

  it('is asked for nothing but what an ordinary graph asks', () => {
    const ordinary: Nodes = {
      l: node('EmptyLatentImage', { width: 1024, height: 1024, batch_size: 4 }),
      i: picture(3840, 2160),
      b: node('ImageScaleBy', { image: ['i', 0], upscale_method: 'lanczos', scale_by: 2 }),
    }
    const result = judge(ordinary, 'b')
    expect(result.ok ? '' : stringifyJson(result.value)).toBe('')
  })
})

function parseClasses(info: unknown): ReadonlyMap<string, Record<string, never>> {
  return new Map(Object.entries(info as Record<string, Record<string, never>>).filter(([, entry]) => isObject(entry)))
}
