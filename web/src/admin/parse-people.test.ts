import { describe, expect, it } from 'vitest'
import { parseRoles, parseUsers } from './parse-people.ts'

const nora = {
  ...{ name: 'nora', role: 'user', tenant: 'studio', state: 'active', kind: 'person' },
  createdAt: '2026-11-21T10:00:00.000Z',
}

describe('the list of people', () => {
  it('is what the contract says, by name', () => {
    const farm = { ...nora, name: 'farm', kind: 'service', state: 'disabled', role: 'house-artist' }
    expect(parseUsers([nora, farm])).toEqual([farm, nora])
  })

  it('leaves out whoever has no name, no role or a state that nobody knows', () => {
    const odd = [null, 'nora', {}, { ...nora, name: 7 }, { ...nora, role: 'No Role' }, { ...nora, state: 'asleep' }]
    expect(parseUsers([...odd, nora])).toEqual([nora])
    for (const value of [undefined, null, {}, 'nora', { 0: nora }]) expect(parseUsers(value)).toEqual([])
  })

  it('takes nobody for a service account who is not called one', () => {
    expect(parseUsers([{ ...nora, kind: 'robot' }])).toEqual([nora])
  })
})

describe('the list of roles', () => {
  it('may be given only where the server says so', () => {
    const roles = [
      { name: 'user', permissions: ['prompt:run'], mayGive: true },
      { name: 'owner', permissions: ['admin:owners', 'to:fly'], mayGive: 'yes' },
    ]
    expect(parseRoles(roles)).toEqual([
      { name: 'user', permissions: ['prompt:run'], mayGive: true },
      { name: 'owner', permissions: ['admin:owners'], mayGive: false },
    ])
  })

  it('leaves out what is no role', () => {
    expect(parseRoles([null, { name: 'user' }, { name: '<b>', permissions: [] }])).toEqual([])
    expect(parseRoles({ name: 'user', permissions: [] })).toEqual([])
  })
})
