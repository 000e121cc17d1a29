/** Are these answers invitations, and the link of a new one? Entries that are not what the contract says are left out. */
import type { InvitationCreated, InvitationSummary } from '@gatehouse/shared/arrivals-contract'
import { type Fields, parseFields } from '@gatehouse/shared/parse-fields'
import { parseRole } from '@gatehouse/shared/roles'
import { parseEntries } from '../parse-entries.ts'

export function parseInvitations(value: unknown): readonly InvitationSummary[] {
  return parseEntries(value, parseInvitation)
}

/** Undefined for an answer without a link to the page of invitations. */
export function parseCreated(value: unknown): InvitationCreated | undefined {
  const fields = parseFields(value)
  const [summary, path] = [parseInvitation(fields), textAt(fields, 'path')]
  return summary === undefined || path === null || !path.startsWith('/invite#') ? undefined : { ...summary, path }
}

function parseInvitation(fields: Fields): InvitationSummary | undefined {
  const [id, role] = [textAt(fields, 'id'), parseRole(textAt(fields, 'role') ?? '')]
  if (id === null || role === undefined) return undefined
  const [tenant, user, invitedBy] = [textAt(fields, 'tenant'), textAt(fields, 'user'), textAt(fields, 'invitedBy')]
  const [createdAt, expiresAt] = [textAt(fields, 'createdAt') ?? '', textAt(fields, 'expiresAt') ?? '']
  return { id, role, tenant, user, invitedBy, createdAt, expiresAt }
}

function textAt(fields: Fields, name: string): string | null {
  const text = fields[name]
  return typeof text === 'string' ? text : null
}
