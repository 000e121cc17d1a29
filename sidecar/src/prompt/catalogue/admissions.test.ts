import { describe, expect, it } from 'vitest'
import { findAdmissions, parseAdmissions } from './admissions.ts'

const covers = (pattern: string, classType: string, pack?: string) =>
  findAdmissions(parseAdmissions([pattern]), classType, pack, 'user').length > 0

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
    ['', '', true],
    ['F.o', 'Foo', false],
  ])('of %j covers %j: %s', (pattern, classType, expected) => {
    expect(covers(pattern, classType)).toBe(expected)
  })

  it('of a pack covers its classes and no core class', () => {
    expect(covers('pack:rgthree-comfy', 'Any', 'rgthree-comfy')).toBe(true)
    expect(covers('pack:*', 'Any', 'x')).toBe(true)
    expect(covers('pack:rgthree', 'Any', 'rgthree-comfy')).toBe(false)
    expect(covers('pack:*', 'RegexMatch')).toBe(false)
  })

  it('with many stars is answered at once', () => {
    expect(covers(`${'*a'.repeat(500)}*b`, 'a'.repeat(5000))).toBe(false)
  })

  it('may be for some roles only', () => {
    const admitted = [{ class: 'Foo', roles: ['owner'] as const }]
    expect(findAdmissions(admitted, 'Foo', undefined, 'owner')).toHaveLength(1)
    expect(findAdmissions(admitted, 'Foo', undefined, 'user')).toHaveLength(0)
  })
})
