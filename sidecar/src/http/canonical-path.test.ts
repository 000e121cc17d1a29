import { describe, expect, it } from 'vitest'
import { canonicalTarget } from './canonical-path.ts'

function pathOf(target: string): string {
  const { underApi, segments } = canonicalTarget(target)
  return `${underApi ? 'api:' : ''}${segments.join('|')}`
}

describe('canonicalTarget', () => {
  it.each([
    ['/', ''],
    ['/queue', 'queue'],
    ['/api/queue', 'api:queue'],
    ['/%71ueue', 'queue'],
    ['/api/%71ueue', 'api:queue'],
    ['/%61pi/queue', 'api:queue'],
    ['/api/jobs/x', 'api:jobs|x'],
    ['/api/api/jobs/x', 'api:jobs|x'],
    ['/userdata/workflows%2Fx.json', 'userdata|workflows/x.json'],
    ['/userdata/a%2Fb/move/c%2Fd', 'userdata|a/b|move|c/d'],
    ['/object_info/Load%49mage', 'object_info|LoadImage'],
    ['/queue;a', 'queue;a'],
  ])('reads %s as %s', (target, expected) => {
    expect(pathOf(target)).toBe(expected)
  })

  it.each([
    'http://evil/prompt',
    'prompt',
    '',
    '/prompt#frag',
    '/prompt\\x',
    '/a%5Cb',
    '/a%00b',
    '/a%0Ab',
    '/%zz',
    '/%ff',
    '/a b',
    '/view?filename=a&filename=b',
    '/view?%66ilename=a&filename=b',
    `/${'a'.repeat(9_000)}`,
  ])('refuses %s', (target) => {
    expect(() => canonicalTarget(target)).toThrowError(expect.objectContaining({ code: 'bad_target' }))
  })

  it.each([
    '//queue',
    '/api//queue',
    '/queue/',
    '/./queue',
    '/x/../queue',
    '/x/%2e%2e/queue',
    '/%2e/queue',
    '/api%2Fqueue',
    '/history%2Fx',
    '/api/',
  ])('finds nothing at %s, as aiohttp does', (target) => {
    expect(() => canonicalTarget(target)).toThrowError(expect.objectContaining({ code: 'not_found' }))
  })

  it('decodes query keys and values once, with ; as an ordinary character', () => {
    const { query } = canonicalTarget('/view?%74ype=input&filename=a%20b+c;type=x&x=%252e')
    expect([...query]).toEqual([
      ['type', 'input'],
      ['filename', 'a b c;type=x'],
      ['x', '%2e'],
    ])
  })
})
