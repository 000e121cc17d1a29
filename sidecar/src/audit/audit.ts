/** Which security events are written down? One closed table of kinds, and the one way to record them. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { Principal } from '@gatehouse/shared/principal'

/** Every kind, with the sentence the documentation prints. */
export const auditKinds = {
  'server.started': 'the sidecar began to listen',
  'server.stopped': 'the sidecar was stopped',
  'login.succeeded': 'somebody logged in',
  'login.refused': 'a log-in was refused',
  logout: 'somebody logged out',
  'session.revoked': 'a session was ended by somebody',
  'session.elevated': 'somebody proved themselves again for a dangerous action',
  'user.created': 'an account was created',
  'user.changed': 'an account was changed: role, state or tenant',
  'user.removed': 'an account was removed',
  'user.registered': 'somebody asked for an account',
  'invitation.created': 'somebody was invited',
  'invitation.revoked': 'an invitation was taken back',
  'device.offered': 'a code for another device was shown',
  'device.linked': 'another device was let in with a code',
  'device.refused': 'another device with a code was refused',
  'password.changed': 'a password was changed',
  'key.created': 'an API key or token was created',
  'key.revoked': 'an API key or token was revoked',
  'key.leaked': 'a key was found where it should not be',
  'identity.linked': 'an identity of an issuer was linked to an account',
  'identity.unlinked': 'an identity of an issuer was unlinked',
  'factor.added': 'a second factor was added',
  'factor.removed': 'a second factor was removed',
  'factor.refused': 'a second factor was refused',
  'impersonation.began': "an administrator began to act in somebody else's place",
  'impersonation.ended': "an administrator stopped acting in somebody else's place",
  'credentials.conflicted': 'two credentials in one request proved different people',
  'access.refused': 'a signed-in person was refused for want of a permission',
  'address.refused': 'an address was refused',
  'secret.rotated': 'a secret of the instance was rotated',
  'configuration.changed': 'another configuration is followed',
  'manager.used': 'ComfyUI-Manager was asked to change the server',
  'rule.reported': 'a rule in report-only mode would have refused something',
  'audit.pruned': 'old events were forgotten',
  'audit.lost': 'events could not be written',
  'workflow.published': 'a workflow was published',
  'workflow.withdrawn': 'a published workflow was taken back',
  'data.claimed': 'existing files were given to an owner',
  'data.exported': 'data was exported',
} as const

export type AuditKind = keyof typeof auditKinds

export interface AuditEntry {
  readonly kind: AuditKind
  /** Who did it; undefined for a stranger and for the command line. */
  readonly actor?: { readonly id: UserId; readonly name: string } | undefined
  /** Who acted in the actor's place. */
  readonly impersonatorId?: UserId | undefined
  readonly tenantId?: TenantId | undefined
  /** On whom or what: a user name, a key id, a setting. Never a secret. */
  readonly target?: string | undefined
  readonly address?: string | undefined
  /** How the actor was proven. */
  readonly method?: string | undefined
  readonly requestId?: string | undefined
  /** Further facts, without secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean>> | undefined
}

export interface Audit {
  /** Written in the order of calls; never waits and never throws. */
  record(entry: AuditEntry): void
  /** False while events cannot be written: nothing that opens or changes something may begin then. */
  isWritable(): boolean
}

/** Who acts, for an entry. */
export function byPrincipal({
  userId,
  userName,
  tenant,
  identity,
}: Principal): Pick<AuditEntry, 'actor' | 'impersonatorId' | 'tenantId' | 'method'> {
  return {
    actor: { id: userId, name: userName },
    impersonatorId: identity.impersonator,
    tenantId: tenant.id,
    method: identity.method,
  }
}

/** The kind called `name`; undefined for any other string. */
export function parseAuditKind(name: string): AuditKind | undefined {
  return isAuditKind(name) ? name : undefined
}

function isAuditKind(name: string): name is AuditKind {
  return Object.hasOwn(auditKinds, name)
}
