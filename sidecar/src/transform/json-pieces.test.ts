import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { runAtOnce } from './in-turns.ts'
import { createJsonPieces, type PiecesOptions } from './json-pieces.ts'
import type { Parsed } from './marked-json.ts'
import { scanStages } from './scan-json.ts'

/** Everything that is long enough for two members is put together in pieces. */
function parse(text: string, options: Partial<PiecesOptions> = {}): Parsed {
  const pieces = createJsonPieces(text, { notANumber: 'refuse', pieceLength: 1, ...options })
  if (!runAtOnce(scanStages(text, 100, pieces))) throw new GatehouseError('bad_json')
  return pieces.value()
}

/** What JSON.parse and JSON.stringify make of it, or that it is refused. */
function outcome(read: (text: string) => unknown, text: string): string {
  try {
    return JSON.stringify(read(text))
  } catch {
    return 'refused'
  }
}

const large = { values: 100, entries: 100, members: 100 }
const tooLarge = expect.objectContaining({ code: 'json_too_large' })

describe('JSON in pieces', () => {
  it.each([
    '[1,2,3]',
    ' [ [1,2] , [3,4] , 5 ] ',
    '{"a":{"b":[1,{"c":[true,null]},"x"]},"d":[[],[]],"e":{}}',
    '{"a":[1,2],"a":[3,4],"b":1,"a":5}',
    '{"__proto__":{"x":[1,2],"__proto__":[3,4]},"constructor":[1,2]}',
    '{"2":[1,2],"1":[3,4],"0":5}',
    '{"a\\":":[1,2],"\\u0062" : [3,4]}',
    '[[[[[[1,2],3],4],5],6],7]',
    '[7,[6,[5,[4,[3,[2,1]]]]]]',
    '["[1,2]","{\\"a\\":[1,2]}",[1,","]]',
  ])('reads %s as it is read at once', (text) => {
    expect(outcome(parse, text)).toBe(outcome(JSON.parse, text))
    expect(Object.getPrototypeOf(parse(text))).toBe(Object.getPrototypeOf(JSON.parse(text)))
  })

  it.each([
    '[[1,2][3,4]]',
    '[[1,2],]',
    '[,[1,2]]',
    '[1,,[1,2]]',
    '[[1,2]',
    '[1,2]]',
    '[[1,2}]',
    '{"a":[1,2]]',
    '[1,2] [3,4]',
    '[1,2],',
    'x[1,2]',
    '[1,2]x',
    '{[1,2]}',
    '{1:[1,2]}',
    '{"a" [1,2]}',
    '{"a":x[1,2]}',
    '{"a":[1,2]x}',
    '{"a":[1,2] "b":[1,2]}',
    '{"a:b"[1,2]}',
    '["a":[1,2]]',
    '[1.0:[1,2]]',
    '{"a":1,[1,2]}',
    '[1 2,[1,2]]',
    '[{"a":1,"b"},1]',
  ])('refuses %s as it is refused at once', (text) => {
    expect(outcome(JSON.parse, text)).toBe('refused')
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'bad_json' }))
  })

  it.each(['[1.0,[2.50,{"a":[3e2,18446744073709551615]},-0],1.00]', '{"a":1.0,"b":{"c":2.0,"d":3.0},"e":4.0}'])(
    'keeps every number of %s as it was written',
    (text) => {
      expect(JSON.stringify(parse(text))).toBe(text)
    },
  )

  it('reads what is no number as null where it comes from ComfyUI', () => {
    expect(parse('[NaN,[Infinity,1.0],{"a":-Infinity,"b":NaN}]', { notANumber: 'null' })).toMatchObject([
      null,
      [null, expect.anything()],
      { a: null, b: null },
    ])
  })

  it('refuses numbers that Python would not read, without looking at them for long', () => {
    expect(JSON.stringify(parse(`[${'1'.repeat(4_300)}]`))).toHaveLength(4_302)
    expect(() => parse(`[${'1'.repeat(4_301)}]`)).toThrow(expect.objectContaining({ code: 'bad_json' }))
  })

  it('counts lists, objects and numbers kept as text, and nothing else', () => {
    const text = '[[],{},1.0,1,"x",true,[1,2,3]]'
    expect(parse(text, { limits: { ...large, values: 5 } })).toHaveLength(7)
    expect(() => parse(text, { limits: { ...large, values: 4 } })).toThrow(tooLarge)
  })

  it.each([
    ['[1,2,[3,4,5,6],7]', 'entries'],
    ['{"a":1,"b":{"c":1,"d":2,"e":3,"f":4},"g":2,"h":5}', 'members'],
  ] as const)('counts in %s the %s of each one', (text, kind) => {
    expect(JSON.stringify(parse(text, { limits: { ...large, [kind]: 4 } }))).toBe(text)
    expect(() => parse(text, { limits: { ...large, [kind]: 3 } })).toThrow(tooLarge)
  })

  it('reads every document in pieces of any length to what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(40), (text, pieceLength) => {
        expect(JSON.stringify(parse(text, { pieceLength }))).toBe(JSON.stringify(parse(text, { pieceLength: 1e9 })))
        expect(JSON.parse(JSON.stringify(parse(text, { pieceLength })))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('accepts and refuses exactly what JSON.parse does', () => {
    const fragment = fc.constantFrom(
      ...'{}[]":, \\a'.split(''),
      '1.0',
      '"a":',
      '[1,2]',
      '{"b":1,"c":2}',
      ',',
      ',',
      'null',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 14 }), fc.nat(10), (parts, pieceLength) => {
        const text = parts.join('')
        const read = (own: string) => JSON.parse(JSON.stringify(parse(own, { pieceLength })))
        expect(outcome(read, text)).toBe(outcome(JSON.parse, text))
      }),
      { numRuns: 3_000 },
    )
  })

  it('parses no more in one step than its piece, however deep the members are nested', () => {
    const members = '1,'.repeat(500)
    const text = `${`[${members}`.repeat(90)}1${']'.repeat(90)}`
    const pieces = createJsonPieces(text, { notANumber: 'refuse', pieceLength: 1_000 })
    const parsed: number[] = []
    let from = 0
    const heard = (at: number, isMuch: boolean): boolean => {
      if (isMuch) [from] = [at, parsed.push(at - from)]
      return isMuch
    }
    const listener = {
      ...pieces,
      comma: (at: number) => heard(at, pieces.comma(at)),
      closed: (at: number) => heard(at, pieces.closed(at)),
    }
    expect(runAtOnce(scanStages(text, 100, listener))).toBe(true)
    expect(JSON.stringify(pieces.value())).toBe(text)
    expect(parsed.length).toBeGreaterThan(80)
    expect(Math.max(...parsed)).toBeLessThan(1_100)
  })
})
