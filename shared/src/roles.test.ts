import { describe, expect, test } from 'vitest'
import { createRoleTable, type Permission, parseRole, roleNames, rolePermissions } from './roles.ts'

function role(name: string) {
  const parsed = parseRole(name)
  if (parsed === undefined) throw new Error(`${name} cannot name a role`)
  return parsed
}

describe('the table of roles', () => {
  test('holds the built-in ones as they are', () => {
    const table = createRoleTable()
    expect(table.names).toEqual(roleNames)
    for (const name of roleNames) expect(table.permissionsOf(name)).toEqual(rolePermissions[name])
  })

  test('gives a role that does not exist nothing', () => {
    expect(createRoleTable().permissionsOf(role('ghost'))).toEqual(new Set())
    expect(createRoleTable().has(role('ghost'))).toBe(false)
  })

  test('builds a role of the configuration from another one', () => {
    const table = createRoleTable({ reviewer: { like: 'guest', may: ['output:delete'], may_not: ['models:read'] } })
    expect(table.permissionsOf(role('reviewer'))).toEqual(
      new Set<Permission>(['ui:open', 'output:read', 'workflow:read', 'output:delete']),
    )
    expect(table.permissionsOf('guest')).toEqual(rolePermissions.guest)
  })

  test('changes a built-in role, and never the owner', () => {
    const table = createRoleTable({ user: { may_not: ['upload:create'] }, owner: { may_not: ['admin:owners'] } })
    expect(table.permissionsOf('user').has('upload:create')).toBe(false)
    expect(table.permissionsOf('user').has('prompt:run')).toBe(true)
    expect(table.permissionsOf('owner')).toEqual(rolePermissions.owner)
  })
})

test.each(['', 'Admin', 'a b', '1st', '__proto__', 'x'.repeat(33), 'rolle-\u00e4'])('%j names no role', (name) => {
  expect(parseRole(name)).toBeUndefined()
})
