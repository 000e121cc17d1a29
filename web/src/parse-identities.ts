/** Are these answers linked identities, and an address to prove another one at? Entries of another form are left out. */
import type { LinkedIdentitySummary } from '@gatehouse/shared/people-contract'

export function parseIdentities(value: unknown): readonly LinkedIdentitySummary[] {
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown) => {
    const fields = new Map<string, unknown>(typeof entry === 'object' && entry !== null ? Object.entries(entry) : [])
    const [id, issuer, subject, linkedAt] = ['id', 'issuer', 'subject', 'linkedAt'].map((name) => fields.get(name))
    const provider = fields.get('provider')
    if (typeof id !== 'string' || typeof issuer !== 'string') return []
    return [
      {
        ...{ id, issuer, subject: typeof subject === 'string' ? subject : '' },
        provider: typeof provider === 'string' ? provider : null,
        linkedAt: typeof linkedAt === 'string' ? linkedAt : '',
      },
    ]
  })
}

/** Undefined for anything that is no web address. */
export function parseLink(value: unknown): string | undefined {
  const next: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'next') : undefined
  return typeof next === 'string' && /^https?:\/\//.test(next) ? next : undefined
}
