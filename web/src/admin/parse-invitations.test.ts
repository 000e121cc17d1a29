import { expect, it } from 'vitest'
import { parseCreated, parseInvitations } from './parse-invitations.ts'

const invitation = {
  ...{ id: 'i1', role: 'user', tenant: null, user: null, invitedBy: 'olga' },
  ...{ createdAt: '2026-11-21T10:00:00.000Z', expiresAt: '2026-11-28T10:00:00.000Z' },
}

it('lists invitations as the contract has them, and nothing else', () => {
  const named = { ...invitation, id: 'i2', user: 'nora', tenant: 'studio' }
  const odd = [null, 'i3', { ...invitation, id: 3 }, { ...invitation, role: '<b>' }]
  expect(parseInvitations([invitation, ...odd, named])).toEqual([invitation, named])
  expect(parseInvitations({ 0: invitation })).toEqual([])
})

it('shows no link that leads elsewhere than to the page of invitations', () => {
  expect(parseCreated({ ...invitation, path: '/invite#abc' })).toEqual({ ...invitation, path: '/invite#abc' })
  for (const path of [undefined, 7, '', 'https://evil.example/invite#abc', '//evil.example/invite#abc', '/login']) {
    expect(parseCreated({ ...invitation, path })).toBeUndefined()
  }
})
