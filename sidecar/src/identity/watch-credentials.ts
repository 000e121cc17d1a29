/** Who was refused for what they sent with a request? Every refusal goes into the audit, whichever way it came. */
import type { Audit } from '../audit/audit.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Users } from '../store/store.ts'
import type { Authenticate } from './authenticate.ts'
import { parseBasic } from './basic.ts'
import type { CredentialInput } from './credentials.ts'
import { canonicalUserName } from './user-name.ts'

export interface WatchCredentialsDependencies {
  readonly authenticate: Authenticate
  readonly users: Pick<Users, 'findByName'>
  readonly audit: Pick<Audit, 'record'>
}

const refusals: ReadonlySet<string> = new Set([
  'unauthenticated',
  'bad_credentials',
  'second_factor_needed',
  'too_many_attempts',
  'unknown_host',
])

/** The same question, and a note of each refusal. */
export function watchCredentials({ authenticate, users, audit }: WatchCredentialsDependencies): Authenticate {
  return async (input) => {
    try {
      return await authenticate(input)
    } catch (error) {
      if (error instanceof GatehouseError) await note({ users, audit }, input, error)
      throw error
    }
  }
}

async function note(
  { users, audit }: Pick<WatchCredentialsDependencies, 'users' | 'audit'>,
  input: CredentialInput,
  { code, message }: GatehouseError,
): Promise<void> {
  const address = input.clientAddress
  // The sentence names the two methods.
  if (code === 'conflicting_credentials') {
    audit.record({ kind: 'credentials.conflicted', address, detail: { reason: message } })
    return
  }
  if (!refusals.has(code)) return
  const { method, username } = carrierOf(input)
  const name = username === undefined ? undefined : canonicalUserName(username)
  // A name that nobody has is not written down: people type their password into the wrong field.
  const target = name === undefined ? undefined : (await users.findByName(name))?.name
  audit.record({ kind: 'login.refused', address, method, target, detail: { reason: code } })
}

/** What was sent, by its carrier: none of its text. */
function carrierOf({ rawHeaders, query }: CredentialInput): { readonly method: string; readonly username?: string } {
  const header = (wanted: string): string | undefined => {
    const index = rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === wanted)
    return index === -1 ? undefined : rawHeaders[index + 1]
  }
  if (header('x-api-key') !== undefined) return { method: 'X-API-Key' }
  const [scheme = '', token = ''] = header('authorization')?.trim().split(/ +/) ?? []
  if (scheme.toLowerCase() === 'basic') {
    const username = parseBasic(token)?.username
    return username === undefined ? { method: 'basic' } : { method: 'basic', username }
  }
  if (scheme !== '') return { method: 'Authorization' }
  return { method: query.size > 0 ? 'query' : 'cookie or gateway' }
}
