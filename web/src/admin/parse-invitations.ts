/** Are these answers invitations, and the link of a new one? Entries that are not what the contract says are left out. */
import type { InvitationCreated, InvitationSummary } from '@gatehouse/shared/arrivals-contract'
import { parseRole } from '@gatehouse/shared/roles'

export function parseInvitations(value: unknown): readonly InvitationSummary[] {
  return Array.isArray(value) ? value.flatMap((entry: unknown) => parseInvitation(entry) ?? []) : []
}

/** Undefined for an answer without a link to the page of invitations. */
export function parseCreated(value: unknown): InvitationCreated | undefined {
  const [summary, path] = [parseInvitation(value), textAt(value, 'path')]
  return summary === undefined || path === null || !path.startsWith('/invite#') ? undefined : { ...summary, path }
}

function parseInvitation(value: unknown): InvitationSummary | undefined {
  const [id, role] = [textAt(value, 'id'), parseRole(textAt(value, 'role') ?? '')]
  if (id === null || role === undefined) return undefined
  const [tenant, user, invitedBy] = [textAt(value, 'tenant'), textAt(value, 'user'), textAt(value, 'invitedBy')]
  const [createdAt, expiresAt] = [textAt(value, 'createdAt') ?? '', textAt(value, 'expiresAt') ?? '']
  return { id, role, tenant, user, invitedBy, createdAt, expiresAt }
}

function textAt(value: unknown, name: string): string | null {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof text === 'string' ? text : null
}
