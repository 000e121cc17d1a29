/** Whom does a client certificate prove? The user whom the configuration names for its fingerprint, name or common name. */
import type { ClientCertificateSettings } from '../config/auth/client-certificate-schema.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { Users } from '../store/store.ts'
import type { ClientCertificate } from './credentials.ts'
import type { RequestMethod } from './method.ts'
import { canonicalUserName } from './user-name.ts'

export interface ClientCertificateDependencies {
  /** The mapping that is configured now. */
  readonly current: () => readonly ClientCertificateSettings[]
  readonly users: Pick<Users, 'findByName'>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const credentialPrefix = 'certificate:'

/** Whether a certificate opened what is known by this id. */
export function isCertificateCredential(credentialId: string): boolean {
  return credentialId.startsWith(credentialPrefix)
}

/** A certificate that maps to nobody is refused and never falls back to another credential. */
export function createClientCertificateMethod(dependencies: ClientCertificateDependencies): RequestMethod {
  const { current, users, now } = dependencies
  return {
    name: 'client-certificate',
    prove: async ({ clientCertificate: certificate }) => {
      if (certificate === undefined) return undefined
      if (!certificate.isTrusted) throw refused(`client certificate not trusted: ${certificate.problem}`)
      // TLS looked at the clock when the connection began, which goes on for as long as its owner asks something.
      if (!(certificate.expiresAtMs > now())) throw refused('client certificate not trusted: it has expired')
      const named = new Set(current().flatMap((entry) => (isMeant(entry, certificate) ? [entry.user] : [])))
      const [first, second] = named
      if (second !== undefined) throw refused('a client certificate maps to two users')
      const name = first === undefined ? undefined : canonicalUserName(first)
      const member = name === undefined ? undefined : await users.findByName(name)
      if (member === undefined) throw refused('a client certificate maps to nobody')
      return {
        kind: 'identity',
        identity: {
          userId: member.id,
          method: 'client-certificate',
          credentialId: `${credentialPrefix}${certificate.fingerprint}`,
          provenAtMs: now(),
          expiresAtMs: certificate.expiresAtMs,
        },
        // Whoever has the file has it: it may not do what only its owner should.
        proof: 'key',
        // A browser sends it by itself.
        isAmbient: true,
      }
    },
  }
}

/** Attack: a certificate whose common name reads like another's alternative name; each kind is compared with its own kind. */
function isMeant(entry: ClientCertificateSettings, certificate: ClientCertificate): boolean {
  if (entry.fingerprint !== undefined) return entry.fingerprint === certificate.fingerprint
  if (entry.san !== undefined) return certificate.names.includes(entry.san)
  return entry.cn !== undefined && entry.cn === certificate.commonName
}

function refused(detail: string): GatehouseError {
  return new GatehouseError('unauthenticated', {
    detail,
    message: 'The client certificate is not accepted here.',
  })
}
