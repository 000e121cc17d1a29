import type { FolderKey, TenantId, UserId } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'
import { rolePermissions } from '@gatehouse/shared/roles'
import { describe, expect, it } from 'vitest'
import { createUpstreamShare } from './upstream-share.ts'

function person(name: string, tenant: string): Principal {
  const userId = name as UserId
  return {
    identity: { userId, method: 'api-key', credentialId: 'one', provenAtMs: 0 },
    userId,
    userName: name,
    tenant: { id: tenant as TenantId, label: tenant, folderKey: tenant as FolderKey },
    role: 'user',
    permissions: rolePermissions.user,
  }
}

/** Begins downloads that end when told to, and says which have begun. */
function downloads() {
  const share = createUpstreamShare()
  const begun: string[] = []
  const open: { readonly name: string; readonly end: (failure?: Error) => void }[] = []
  const begin = (name: string, tenant: string): Promise<void> => {
    const done = share(person(name, tenant), () => {
      begun.push(name)
      return new Promise<void>((resolve, reject) => {
        open.push({ name, end: (failure) => (failure === undefined ? resolve() : reject(failure)) })
      })
    })
    done.catch(() => undefined)
    return done
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const countOf = (name: string) => begun.filter((one) => one === name).length
  return { begin, open, settle, countOf }
}

describe('createUpstreamShare', () => {
  it('lets a person have 32 at once, a tenant 64, and everybody else go on', async () => {
    const { begin, settle, countOf } = downloads()
    for (const name of ['alice', 'ann', 'anton']) {
      for (let count = 0; count < 100; count += 1) void begin(name, 'acme')
    }
    void begin('bob', 'birch')
    await settle()
    expect(['alice', 'ann', 'anton'].map(countOf)).toEqual([32, 32, 0])
    expect(countOf('bob')).toBe(1)
  })

  it('hands a place on when its download ended, whether it came to a good end or not', async () => {
    const { begin, open, settle, countOf } = downloads()
    for (let count = 0; count < 40; count += 1) void begin('alice', 'acme')
    await settle()
    expect(countOf('alice')).toBe(32)
    open[0]?.end()
    open[1]?.end(new Error('client gone'))
    await settle()
    expect(countOf('alice')).toBe(34)
    for (const { end } of open) end()
    await settle()
    for (const { end } of open) end()
    await settle()
    expect(countOf('alice')).toBe(40)
    for (let count = 0; count < 40; count += 1) void begin('alice', 'acme')
    await settle()
    expect(countOf('alice')).toBe(72)
  })
})
