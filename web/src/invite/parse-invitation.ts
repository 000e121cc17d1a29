/** What is an invitation for? Texts only; empty where the invited choose. */
import { parseFields } from '@gatehouse/shared/parse-fields'

export interface ShownInvitation {
  readonly role: string
  readonly tenant: string
  readonly user: string
}

/** Undefined for an answer that is no invitation. */
export function parseInvitation(value: unknown): ShownInvitation | undefined {
  const { role, tenant, user } = parseFields(value)
  if (typeof role !== 'string' || role === '') return undefined
  return { role, tenant: parseText(tenant), user: parseText(user) }
}

function parseText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
