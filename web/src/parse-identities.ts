/** Are these answers linked identities, and an address to prove another one at? Entries of another form are left out. */
import { parseFields } from '@gatehouse/shared/parse-fields'
import type { LinkedIdentitySummary } from '@gatehouse/shared/people-contract'
import { parseEntries } from './parse-entries.ts'

export function parseIdentities(value: unknown): readonly LinkedIdentitySummary[] {
  return parseEntries(value, ({ id, provider, issuer, subject, linkedAt }) => {
    if (typeof id !== 'string' || typeof issuer !== 'string') return undefined
    return {
      ...{ id, issuer, subject: typeof subject === 'string' ? subject : '' },
      provider: typeof provider === 'string' ? provider : null,
      linkedAt: typeof linkedAt === 'string' ? linkedAt : '',
    }
  })
}

/** Undefined for anything that is no web address. */
export function parseLink(value: unknown): string | undefined {
  const { next } = parseFields(value)
  return typeof next === 'string' && /^https?:\/\//.test(next) ? next : undefined
}
