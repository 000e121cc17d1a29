import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import { rolePermissions } from '@gatehouse/shared/roles'
import { beforeEach, expect, it } from 'vitest'
import { GatehouseError } from '../gatehouse-error.ts'
import type { AuditEntry } from './audit.ts'
import { createRequestWatch, type WatchedRequest } from './watch-requests.ts'

let recorded: AuditEntry[]
let leftCount: number
beforeEach(() => {
  recorded = []
  leftCount = 1
})
const watch = createRequestWatch({ record: (entry) => recorded.push(entry) }, () => {
  leftCount -= 1
  if (leftCount < 0) throw new GatehouseError('too_many_requests')
})

const userId = 'olga' as UserId
function asks(method: string, path: string): WatchedRequest {
  return {
    ...{ id: 'r', clientAddress: '192.0.2.1', route: path, request: { method, path, query: new Map() } },
    principal: {
      ...{ identity: { userId, method: 'session', credentialId: 'one', provenAtMs: 0 }, userId, userName: 'olga' },
      ...{ role: 'owner', permissions: rolePermissions.owner },
      tenant: { id: 'operators' as TenantId, label: 'operators', folderKey: 'k' as FolderKey },
    },
  }
}

it('one change of the server too many is refused before it is made, and what only asks never is', () => {
  watch.allowed(asks('POST', '/manager/queue/install'), 'manager')
  expect(recorded.map(({ kind, target }) => [kind, target])).toEqual([['manager.used', 'POST /manager/queue/install']])
  expect(() => watch.allowed(asks('POST', '/manager/queue/install'), 'manager')).toThrow(GatehouseError)
  expect(() => watch.allowed(asks('GET', '/manager/reboot'), 'manager')).toThrow(GatehouseError)
  for (let count = 0; count < 100; count += 1) {
    watch.allowed(asks('GET', '/manager/version'), 'manager')
    watch.allowed(asks('POST', '/prompt'), 'prompt')
  }
  expect(recorded).toHaveLength(1)
})
