/** What do claims say of a person, and what do they say nothing about? */
import { describe, expect, it } from 'vitest'
import { type ClaimPaths, findClaim, parseClaimPath, subjectOf } from './claims.ts'

const noPaths: ClaimPaths = { user: ['sub'], subject: ['sub'], tenant: undefined, groups: undefined, role: undefined }

function told(payload: Record<string, unknown>, paths: Partial<ClaimPaths> = {}) {
  return subjectOf(
    { sub: 'a-1', ...payload },
    {
      source: 'studio',
      issuer: 'https://issuer.example/',
      paths: { ...noPaths, ...paths },
      isRole: (text) => text === 'lead',
    },
  )
}

describe('a claim path', () => {
  it('goes down by dots, and keeps a dot that is escaped', () => {
    expect(parseClaimPath('sub')).toEqual(['sub'])
    expect(parseClaimPath('org.id')).toEqual(['org', 'id'])
    expect(parseClaimPath('https://studio\\.example/tenant')).toEqual(['https://studio.example/tenant'])
    expect(parseClaimPath('a\\.b.c\\\\d')).toEqual(['a.b', 'c\\d'])
  })

  it('finds own members of objects only', () => {
    const payload: unknown = JSON.parse('{"org":{"id":7,"__proto__":"x"},"list":["a"],"text":"abc","none":null}')
    if (typeof payload !== 'object' || payload === null) throw new Error('no object')
    const find = (text: string) => findClaim({ ...payload }, parseClaimPath(text))
    expect(find('org.id')).toBe(7)
    expect(find('org.__proto__')).toBe('x')
    for (const path of [
      'constructor',
      'org.constructor.name',
      'text.length',
      'list.0',
      'list.length',
      'none.x',
      'org.id.x',
    ]) {
      expect(find(path), path).toBeUndefined()
    }
  })
})

describe('the claims of a token', () => {
  it('name user, subject and tenant, as texts or as whole numbers', () => {
    const paths = { user: ['user_id'], tenant: ['org', 'id'] }
    expect(told({ user_id: 4711, org: { id: 'birch' } }, paths)).toMatchObject({
      source: 'studio',
      issuer: 'https://issuer.example/',
      subject: 'a-1',
      userName: '4711',
      tenant: 'birch',
      groups: [],
    })
  })

  it.each([undefined, null, '', true, 1.5, 2 ** 60, [], ['a'], {}, 'x'.repeat(513)])(
    'refuse where a configured one is %j',
    (value) => {
      for (const name of ['user', 'subject', 'tenant', 'role'] as const) {
        expect(() => told({ odd: value }, { [name]: ['odd'] }), name).toThrow('The token is not accepted.')
      }
    },
  )

  it('name groups as a list or as one text', () => {
    const groupsOf = (groups: unknown) => told({ groups }, { groups: ['groups'] }).groups
    expect(groupsOf(['a', 'b'])).toEqual(['a', 'b'])
    expect(groupsOf('one group, whatever is in its name')).toEqual(['one group, whatever is in its name'])
    expect(groupsOf([])).toEqual([])
    for (const odd of [undefined, null, 7, ['a', 7], [['a']], { a: 'b' }, Array(1_001).fill('a'), ['x'.repeat(513)]]) {
      expect(() => groupsOf(odd), JSON.stringify(odd)?.slice(0, 40)).toThrow('The token is not accepted.')
    }
  })

  it('name a role only where the configuration has it, and before any group', () => {
    const paths = { role: ['r'], groups: ['g'] }
    expect(told({ r: 'lead', g: ['artists'] }, paths).groups).toEqual(['lead', 'artists'])
    expect(() => told({ r: 'owner', g: ['artists'] }, paths)).toThrow('The token is not accepted.')
  })
})
