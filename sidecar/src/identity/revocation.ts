/** Does a change end what this identity was let in for? Asked for every open socket and every remembered principal. */
import type { Identity } from '@gatehouse/shared/principal'
import type { Change } from '../store/store.ts'

/** True when the credential is gone or the person's rights are no longer what they were. */
export function isRevokedBy(identity: Identity, change: Change): boolean {
  if (identity.userId !== change.userId) return false
  switch (change.kind) {
    case 'added':
    case 'identity':
    case 'secret':
      return false
    case 'user':
      return true
    case 'password':
      return identity.method === 'basic' && identity.credentialId === `basic:${identity.userId}`
    case 'session':
    case 'api-key':
      return identity.credentialId === change.credentialId
    default:
      return change.kind satisfies never
  }
}
