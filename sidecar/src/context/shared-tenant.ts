/** Which tenant is everybody in when `tenancy.mode` is `shared`? One of its own, so that neither mode sees the other's data. */
import { createHmac } from 'node:crypto'
import type { FolderKey, TenantId } from '@gatehouse/shared/ids'
import type { Tenant } from '@gatehouse/shared/principal'
import type { ResolvePrincipal } from '../tenant/resolve-principal.ts'

/** The principal of an identity, with the common world in place of the person's own. */
export function inSharedTenant(resolve: ResolvePrincipal, instanceSecret: string): ResolvePrincipal {
  const tenant = sharedTenant(instanceSecret)
  return async (identity) => Object.freeze({ ...(await resolve(identity)), tenant })
}

function sharedTenant(instanceSecret: string): Tenant {
  const digest = createHmac('sha256', instanceSecret).update('shared-tenant').digest('hex')
  return Object.freeze({
    id: parseTenantId('shared'),
    label: 'everybody',
    folderKey: parseFolderKey(digest.slice(0, 20)),
  })
}

function parseTenantId(text: string): TenantId {
  return text as TenantId
}

/** 20 characters of [a-z0-9]; hexadecimal digits are. */
function parseFolderKey(text: string): FolderKey {
  return text as FolderKey
}
