/** Is this answer a list of linked identities? Entries of another form are left out. */
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
