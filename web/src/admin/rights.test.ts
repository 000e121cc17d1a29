import { type Permission, parseRole, type RoleName, rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { rightsOn } from './rights.ts'

const role = (name: keyof typeof rolePermissions, mayGive: boolean) => ({
  ...{ name, mayGive },
  permissions: [...rolePermissions[name]],
})
const person = (name: string, of: RoleName) => ({ name, role: of, state: 'active', kind: 'person' }) as const
const nothing = { mayChange: false, mayActFor: false }

describe('an administrator', () => {
  const me = { user: 'ada', permissions: [...rolePermissions.admin] }
  const roles = [role('owner', false), role('admin', false), role('user', true)]

  it('may change those of lesser roles, and take nobody else for them', () => {
    expect(rightsOn(person('nora', 'user'), me, roles)).toEqual({ mayChange: true, mayActFor: false })
    expect(rightsOn(person('olga', 'owner'), me, roles)).toEqual(nothing)
    expect(rightsOn(person('ada', 'admin'), me, roles)).toEqual(nothing)
  })

  it('may change whoever has a role that is gone', () => {
    const gone = parseRole('gone') ?? 'guest'
    expect(rightsOn(person('nora', gone), me, roles).mayChange).toBe(true)
  })
})

describe('who may act in the place of others', () => {
  const permissions: readonly Permission[] = [...rolePermissions.user, 'users:read', 'admin:impersonate']
  const me = { user: 'sam', permissions }
  const roles = [role('owner', false), role('user', false)]

  it('is offered it for people who may do no more, and are there', () => {
    expect(rightsOn(person('nora', 'user'), me, roles)).toEqual({ mayChange: false, mayActFor: true })
    expect(rightsOn(person('olga', 'owner'), me, roles)).toEqual(nothing)
    expect(rightsOn({ ...person('nora', 'user'), state: 'disabled' }, me, roles)).toEqual(nothing)
    expect(rightsOn({ ...person('farm', 'user'), kind: 'service' }, me, roles)).toEqual(nothing)
  })
})
