import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import type { IdentityMethod, Principal } from '@gatehouse/shared/principal'
import { rolePermissions } from '@gatehouse/shared/roles'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import { createChangeRate, type EnterChange } from './change-rate.ts'

let nowMs: number
let enter: EnterChange
beforeEach(() => {
  nowMs = 1_000_000
  enter = createChangeRate({ limitsOf: () => ({ changes_per_minute: 2, change_burst: 3 }), nowMs: () => nowMs })
})

function person(name: string, method: IdentityMethod = 'session'): Principal {
  const userId = name as UserId
  return {
    ...{ identity: { userId, method, credentialId: 'one', provenAtMs: 0 }, userId, userName: name, role: 'user' },
    tenant: { id: 'acme' as TenantId, label: 'acme', folderKey: 'k' as FolderKey },
    permissions: rolePermissions.user,
  }
}

function refusalOf(principal: Principal): GatehouseError | undefined {
  try {
    enter(principal)
    return undefined
  } catch (error) {
    return error instanceof GatehouseError ? error : undefined
  }
}

const takes = (count: number, principal = person('alice')): number =>
  Array.from({ length: count }, () => refusalOf(principal)).filter((refusal) => refusal === undefined).length

describe('changes that are written down', () => {
  it('are refused beyond the burst, with how long to wait, and let through after it', () => {
    expect(takes(50)).toBe(3)
    expect(refusalOf(person('alice'))).toMatchObject({ code: 'too_many_requests', headers: { 'Retry-After': '30' } })
    nowMs += 30_000
    expect(takes(50)).toBe(1)
  })

  it('of somebody else, and of the same person in the page, go on', () => {
    expect(takes(50, person('alice', 'api-key'))).toBe(3)
    expect(takes(50, person('bob', 'api-key'))).toBe(3)
    expect(takes(50)).toBe(3)
  })
})
