/** What is an invitation for? Texts only; empty where the invited choose. */

export interface ShownInvitation {
  readonly role: string
  readonly tenant: string
  readonly user: string
}

/** Undefined for an answer that is no invitation. */
export function parseInvitation(value: unknown): ShownInvitation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const [role, tenant, user] = ['role', 'tenant', 'user'].map((name) => parseText(Reflect.get(value, name)))
  return role === undefined || role === '' ? undefined : { role, tenant: tenant ?? '', user: user ?? '' }
}

function parseText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
