import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRawNumber, numberOf, parseJson, parseUpstreamJson, stringifyJson } from './lossless-json.ts'

describe('parseJson', () => {
  it.each([
    ['18446744073709551615'],
    ['-18446744073709551615'],
    ['9007199254740993'],
    ['1.0'],
    ['-0'],
    ['-0.0'],
    ['1e5'],
    ['1E+400'],
    ['0.10'],
    ['0.0000001'],
    ['123456789012345678901234567890.5'],
    ['{"seed":18446744073709551615,"cfg":8.0,"steps":20,"denoise":0.55}'],
    ['[1,2.50,[3.0,{"a":[4e2]}],"5.0"]'],
    ['{"text":"1.0 and 18446744073709551615","escaped":"a\\\\\\"1.0","n":1.0}'],
    ['{"__proto__":{"polluted":1.0},"constructor":1.0}'],
    ['{"":1.0,"2":1,"1":1.0}'],
  ])('prints %s as it was read', (text) => {
    const printed = stringifyJson(parseJson(text))
    expect(JSON.parse(printed)).toEqual(JSON.parse(text))
    expect([...printed.matchAll(/-?\d[\d.eE+-]*/g)].map(String).sort()).toEqual(
      [...text.matchAll(/-?\d[\d.eE+-]*/g)].map(String).sort(),
    )
  })

  it('keeps plain numbers as numbers', () => {
    expect(parseJson('[0,-1,20,0.5,9007199254740991,1.5]')).toEqual([0, -1, 20, 0.5, 9007199254740991, 1.5])
  })

  it('keeps a number that a double would change as its text', () => {
    const value = parseJson('18446744073709551615')
    expect(isRawNumber(value) && value.rawJSON).toBe('18446744073709551615')
    expect(numberOf(value)).toBe(2 ** 64)
    expect(numberOf('1')).toBeUndefined()
  })

  it.each([
    ['NaN'],
    ['[Infinity]'],
    ['{"a":-Infinity}'],
    ['\ufeff{}'],
    ['{1.0:2}'],
    ['{1.0 :2}'],
    ['{NaN:2}'],
    ['01.0'],
    ['1.'],
    ['.5'],
    ['+1.0'],
    ['1.0.0'],
    ['1e'],
    ['[1.0,]'],
    ['{"a":1.0'],
    ['"unfinished'],
    [''],
    ["{'a':1}"],
    ['{"a":1}]'],
    ['nul'],
  ])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_json' }))
  })

  it('refuses nesting beyond the limit however deep it goes', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}1.0${']'.repeat(depth)}`
    expect(stringifyJson(parseJson(nested(100)))).toBe(nested(100))
    expect(() => parseJson(nested(101))).toThrow(expect.objectContaining({ code: 'bad_json' }))
    expect(() => parseJson('['.repeat(3_000_000))).toThrow(expect.objectContaining({ code: 'bad_json' }))
    expect(() => parseJson(`${'{"a":'.repeat(500_000)}1`)).toThrow(expect.objectContaining({ code: 'bad_json' }))
    expect(() => parseJson(nested(5), { depth: 4 })).toThrow(expect.objectContaining({ code: 'bad_json' }))
  })

  it('does not count brackets inside strings as nesting', () => {
    expect(parseJson(`["${'['.repeat(500)}", 1.0]`)).toHaveLength(2)
  })

  it('takes __proto__ for an ordinary key and leaves prototypes alone', () => {
    const value = parseJson('{"__proto__":{"polluted":1.0}}')
    expect(Object.keys(Object(value))).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })

  it('takes the last of two equal keys, as ComfyUI does', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it('reads every document to the value that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('accepts and refuses exactly what JSON.parse does, apart from depth', () => {
    const accepts = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text)
        return true
      } catch {
        return false
      }
    }
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      '1.0',
      '-',
      'e5',
      '0',
      'NaN',
      'null',
      ' ',
      'a',
      '12345678901234567890',
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        expect(accepts(parseJson, text)).toBe(accepts(JSON.parse, text))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('parseUpstreamJson', () => {
  it('reads the NaN and Infinity that Python prints as null', () => {
    expect(parseUpstreamJson('{"a":NaN,"b":[Infinity,-Infinity, 1],"c":"NaN"}')).toEqual({
      a: null,
      b: [null, null, 1],
      c: 'NaN',
    })
  })

  it('keeps numbers lossless beside them', () => {
    expect(stringifyJson(parseUpstreamJson('[NaN,1.0,18446744073709551615]'))).toBe('[null,1.0,18446744073709551615]')
  })

  it.each([['NaNa'], ['[-NaN]'], ['{NaN:1}'], ['[nan]']])('refuses %s', (text) => {
    expect(() => parseUpstreamJson(text)).toThrow(expect.objectContaining({ code: 'comfyui_down' }))
  })
})
