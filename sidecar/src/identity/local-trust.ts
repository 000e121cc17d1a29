/** Is it somebody at this very machine? Off unless configured, and only while nobody else can look as if they were. */
import type { Config } from '../config/config.ts'
import { localhostProblems } from '../config/localhost-problems.ts'
import type { Users } from '../store/store.ts'
import { isLoopbackName } from './address-range.ts'
import type { CredentialInput } from './credentials.ts'
import { oneFactor } from './fresh-proof.ts'
import type { RequestMethod } from './method.ts'
import { isOfThisMachine } from './this-machine.ts'
import { canonicalUserName } from './user-name.ts'

/** What open sockets know such a person by. */
export const localCredentialId = 'local'

export interface LocalTrustDependencies {
  readonly current: () => Config
  readonly users: Pick<Users, 'findByName'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** For strangers only: whoever sends a credential is whom it proves. */
export function createLocalTrust({ current, users, now }: LocalTrustDependencies): RequestMethod {
  return {
    name: 'local',
    prove: async (request) => {
      const config = current()
      const user = config.auth.localhost?.user
      // Asked again at every request: the file may have changed under a sidecar that goes on with its old listeners.
      if (user === undefined || localhostProblems(config).length > 0 || !isTrusted(request)) return undefined
      const member = await users.findByName(canonicalUserName(user) ?? '')
      if (member === undefined) return undefined
      return {
        kind: 'identity',
        identity: {
          ...{ userId: member.id, method: 'local', credentialId: localCredentialId, provenAtMs: now() },
          ...oneFactor,
        },
        // Nobody proved anything: who sits here makes no keys and administers nobody.
        proof: 'key',
        isAmbient: true,
      }
    },
  }
}

function isTrusted({ peerAddress, rawHeaders }: CredentialInput): boolean {
  if (!isOfThisMachine(peerAddress, rawHeaders)) return false
  const [host, ...others] = valuesOf(rawHeaders, 'host')
  // Attack: a name of somebody else's that their DNS server turns into 127.0.0.1, and a page of that name that asks.
  if (host === undefined || others.length > 0 || !isLoopbackName(withoutPort(host))) return false
  // Attack: a proxy that hides itself and the name people typed; what their pages ask next tells where they are.
  if (![...valuesOf(rawHeaders, 'origin'), ...valuesOf(rawHeaders, 'referer')].every(isLocalPage)) return false
  // Attack: a picture on somebody's page, from an address here. As with our cookie, only our own pages are let in.
  return valuesOf(rawHeaders, 'sec-fetch-site').every((site) => site === 'same-origin' || site === 'none')
}

function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '').replace(/^\[(.+)\]$/, '$1')
}

function isLocalPage(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && isLoopbackName(url.hostname.replace(/^\[(.+)\]$/, '$1'))
}
