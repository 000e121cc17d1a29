/**
 * Is what arrives what was judged, for forms that two parsers read differently? Generated multipart bodies go through the
 * sidecar, and what ComfyUI would make of what it got is asked of aiohttp itself.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRecord } from '../support/person.ts'
import { findRealComfyui, noRealComfyui } from '../support/real-comfyui.ts'
import { createWorld, type World } from '../support/world.ts'
import { type Oracle, startOracle } from './oracle.ts'

const real = findRealComfyui()
if (real === undefined) console.log(noRealComfyui)
const runs = Number(process.env.GATEHOUSE_FUZZ_RUNS ?? 400)
const timeout = 600_000
const boundary = 'b0undary'

const names = fc.constantFrom(
  ...[
    'a.png',
    '../a.png',
    'x/../../a.png',
    'a.png [output]',
    '%2e%2e%2fa.png',
    'a%22.png',
    'a\\".png',
    '\u00fc.png',
    '',
    '..',
  ],
  ...['a;b.png', '"a.png', 'a.png\u0000.txt', 'C:\\a.png', '=?utf-8?B?Li4vYS5wbmc=?=', 'con.png', 'a.png.'],
)
const parameter = fc.oneof(
  names.map((name) => `filename="${name}"`),
  names.map((name) => `filename*=UTF-8''${encodeURIComponent(name)}`),
  names.map((name) => `filename*0="${name}"; filename*1="tail.png"`),
  names.map((name) => `filename=${name}`),
  fc.constantFrom('name="image"', "name*=UTF-8''subfolder", 'name="type"', 'NAME="image"', 'x="y"'),
)
const fieldName = fc.constantFrom(
  'image',
  'image',
  'image',
  'type',
  'subfolder',
  'overwrite',
  'Image',
  'sub\\folder',
  'x',
)
const value = fc.constantFrom(
  'PNG',
  'input',
  'temp',
  'output',
  '../x',
  'a/b',
  '',
  '.',
  '/etc',
  'true',
  '%2e%2e',
  'a\r\nb',
  '\u00fc',
)
const partHead = fc
  .tuple(
    fieldName,
    fc.array(parameter, { maxLength: 2 }),
    fc.constantFrom(
      '',
      'Content-Type: image/png',
      'content-type:text/plain; charset=utf-16',
      'Content-Transfer-Encoding: base64',
      'Content-Encoding: gzip',
    ),
  )
  .map(([name, more, line]) => {
    const disposition = ['Content-Disposition: form-data', `name="${name}"`, ...more].join('; ')
    return line === '' ? disposition : `${disposition}\r\n${line}`
  })
const part = fc.tuple(partHead, value).map(([head, body]) => `${head}\r\n\r\n${body}`)
const ends = fc.constantFrom('--', '--\r\n', '', '--\r\nepilogue', '--\r\n--')
const body = fc
  .tuple(fc.constantFrom('', 'preamble\r\n', '\r\n'), fc.array(part, { minLength: 1, maxLength: 4 }), ends)
  .map(
    ([before, parts, end]) =>
      `${before}${parts.map((each) => `--${boundary}\r\n${each}\r\n`).join('')}--${boundary}${end}`,
  )
const type = fc.constantFrom(
  `multipart/form-data; boundary=${boundary}`,
  `multipart/form-data; boundary=${boundary}`,
  `multipart/form-data; boundary="${boundary}"`,
  `multipart/form-data; charset=utf-16; boundary=${boundary}`,
  `multipart/form-data; boundary=other; boundary=${boundary}`,
  `MULTIPART/form-data;boundary=${boundary}`,
  `multipart/mixed; boundary=${boundary}`,
  'application/x-www-form-urlencoded',
)

describe.skipIf(real === undefined)('a form', { timeout }, () => {
  let oracle: Oracle
  let world: World
  beforeAll(async () => {
    if (real !== undefined) oracle = startOracle(real)
    world = await createWorld()
  })
  afterAll(async () => {
    await oracle?.[Symbol.asyncDispose]()
    await world?.[Symbol.asyncDispose]()
  })

  it('that is accepted arrives as one file and known fields below the own folder, as aiohttp reads it', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(body, type, async (text, contentType) => {
        world.practice.forgetRequests()
        const answer = await world.bob.fetch('/upload/image', {
          method: 'POST',
          headers: { 'content-type': contentType },
          body: Buffer.from(text, 'utf8'),
        })
        expect([200, 400, 403, 413, 415]).toContain(answer.status)
        const reply = await answer.text()
        const sent = world.practice.requests.filter(({ url }) => url.startsWith('/upload/image')).at(-1)
        if (answer.status !== 200) return
        accepted += 1
        const { name, subfolder, type: root } = parseRecord(JSON.parse(reply))
        const { fields } = await oracle.ask({
          kind: 'form',
          type: sent?.headers['content-type'],
          body: sent?.body.toString('base64'),
        })
        const read = fields as readonly (readonly [string, string | { readonly filename: string }])[]
        expect(new Set(read.map(([field]) => field)).size).toBe(read.length)
        const got = Object.fromEntries(read)
        expect(
          Object.keys(got).filter((field) => !['image', 'type', 'subfolder', 'overwrite'].includes(field)),
        ).toEqual([])
        expect(root).toBe('input')
        expect(got.type).toBe('input')
        const folder = world.bob.folderKey + (subfolder === '' ? '' : `/${String(subfolder)}`)
        expect(got.subfolder).toBe(folder)
        const { filename } = got.image as { readonly filename: string }
        // ComfyUI gives a name that is taken a number (server.py image_upload).
        expect(filename).toBe(String(name).replace(/ \(\d+\)(?=\.[^.]*$|$)/, ''))
        expect(filename).not.toMatch(/[/\\]|^\.\.?$|^$/)
      }),
      { numRuns: runs },
    )
    // Few generated forms are whole; how few is chance.
    expect(accepted).toBeGreaterThan(0)
  })
})
