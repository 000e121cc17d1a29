/** What opens the door to somebody who was invited? A random text, of which only the hash is kept. */
import { randomBytes } from 'node:crypto'
import type { Permission } from '@gatehouse/shared/roles'
import type { InvitationRecord } from '../store/invitations.ts'
import { randomId } from '../store/random-id.ts'
import { sha256Hex } from './constant-time.ts'

/** Milliseconds: a week. */
export const invitationMs = 7 * 24 * 60 * 60_000
/** Milliseconds: a year. */
export const longestInvitationMs = 365 * 24 * 60 * 60_000

/** Where an issuer's names are those of here. */
export const mustBeNamed =
  'Say the name of who is invited: accounts.names is shared, so that whoever chose a name could take over somebody else.'

type Wanted = Omit<InvitationRecord, 'id' | 'tokenHash'>

/** A record for the store, and the path of its link: behind the `#`, it reaches no log and no referrer. */
export function mintInvitation(wanted: Wanted): { readonly record: InvitationRecord; readonly path: string } {
  const token = randomBytes(24).toString('base64url')
  return { record: { ...wanted, id: randomId(12), tokenHash: invitationHash(token) }, path: `/invite#${token}` }
}

/** What the store knows a token by. */
export function invitationHash(token: string): string {
  return sha256Hex(token)
}

/** Nobody gives what they lack (JupyterHub CVE-2024-41942), and only owners give the right to administer. */
export function mayGive(held: ReadonlySet<Permission>, given: ReadonlySet<Permission>): boolean {
  if (!held.has('admin:users')) return false
  if (given.has('admin:users') && !held.has('admin:owners')) return false
  return given.isSubsetOf(held)
}
