import { describe, expect, it } from 'vitest'
import { findEntries, parseNodeDecisions } from './admissions.ts'

const admissions = (...admit: Parameters<typeof parseNodeDecisions>[0]['admit']) =>
  parseNodeDecisions({ admit, refuse: [], allow_code_execution: [] }).admitted

const covers = (pattern: string, classType: string) =>
  findEntries([{ class: pattern }], classType, undefined, 'user').length > 0
const coversPack = (pattern: string, pack?: string) => findEntries([{ pack: pattern }], 'Any', pack, 'user').length > 0

describe('an admission', () => {
  it.each([
    ['Foo', 'Foo', true],
    ['Foo', 'Foo2', false],
    ['Foo', 'foo', false],
    ['Foo*', 'Foo', true],
    ['Foo*', 'FooBar', true],
    ['*Bar', 'FooBar', true],
    ['F*B*r', 'FooBar', true],
    ['F*B*r', 'FooBa', false],
    ['a*a', 'a', false],
    ['a*b*a', 'aba', true],
    ['a*b*ba', 'aba', false],
    ['*', 'Anything (rgthree)', true],
    ['F.o', 'Foo', false],
  ])('of %j covers %j: %s', (pattern, classType, expected) => {
    expect(covers(pattern, classType)).toBe(expected)
  })

  it('of a pack covers its classes and no core class', () => {
    expect(coversPack('rgthree-comfy', 'rgthree-comfy')).toBe(true)
    expect(coversPack('*', 'x')).toBe(true)
    expect(coversPack('rgthree', 'rgthree-comfy')).toBe(false)
    expect(coversPack('*')).toBe(false)
  })

  it('of a class and a pack covers that class of that pack', () => {
    const entries = [{ class: 'Foo*', pack: 'some-pack' }]
    expect(findEntries(entries, 'FooBar', 'some-pack', 'user')).toHaveLength(1)
    expect(findEntries(entries, 'FooBar', 'other-pack', 'user')).toEqual([])
    expect(findEntries(entries, 'Bar', 'some-pack', 'user')).toEqual([])
  })

  it('with many stars is answered at once', () => {
    expect(covers(`${'*a'.repeat(500)}*b`, 'a'.repeat(5000))).toBe(false)
  })

  it('may be for some roles only', () => {
    const entries = [{ class: 'Foo', roles: ['owner'] as const }]
    expect(findEntries(entries, 'Foo', undefined, 'owner')).toHaveLength(1)
    expect(findEntries(entries, 'Foo', undefined, 'user')).toEqual([])
  })

  it('describes fields in the words of the catalogue', () => {
    const fields = {
      image: { reads: 'input' },
      clips: { reads: 'output', target: 'folder', annotated: false, shape: 'list', links: 'fold' },
      scene: { reads: 'input', shape: 'nested', members: ['a'] },
      prefix: { writes: 'Pack' },
      model: { model: true },
      caption: { text: true },
    } as const
    const none = ['', 'none', 'None']
    expect(admissions({ class: 'Foo', fields })[0]?.fields).toEqual({
      image: { kind: 'read', root: 'input', target: 'file', annotated: true, shape: 'single', links: 'refuse', none },
      clips: { kind: 'read', root: 'output', target: 'folder', annotated: false, shape: 'list', links: 'fold', none },
      scene: {
        kind: 'read',
        root: 'input',
        target: 'file',
        annotated: true,
        shape: 'nested',
        links: 'refuse',
        none,
        members: ['a'],
      },
      prefix: { kind: 'write', fallback: 'Pack' },
      model: { kind: 'model' },
      caption: { kind: 'text' },
    })
  })
})
