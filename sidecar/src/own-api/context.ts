/** What do the own API and pages work with? Handed over once by `context.ts`. */
import type { IncomingMessage } from 'node:http'
import type { Principal, Tenant } from '@gatehouse/shared/principal'
import type { RoleName, RoleTable } from '@gatehouse/shared/roles'
import type { QueuePlaces } from '@gatehouse/shared/workflows-contract'
import type { Audit } from '../audit/audit.ts'
import type { AddressGate } from '../identity/address-lists.ts'
import type { IdentityServices } from '../identity/create-identity.ts'
import type { CredentialInput } from '../identity/credentials.ts'
import type { Proven } from '../identity/proof.ts'
import type { EnterChange } from '../limits/change-rate.ts'
import type { EnterRequest } from '../limits/in-flight.ts'
import type { OwnPublished } from '../policy/own-published.ts'
import type { OwnStorage } from '../policy/own-storage.ts'
import type { JobsAtEnd } from '../store/ended-credentials.ts'
import type { Store } from '../store/store.ts'
import type { ResolvePrincipal } from '../tenant/resolve-principal.ts'
import type { HealthSources } from './health-sources.ts'

/** May people make an account of their own, and what do they get? Asked at every request. */
export interface RegistrationRules {
  readonly mode: 'off' | 'invite' | 'approval'
  readonly role: RoleName
  /** People who may wait at once. */
  readonly waitingCount: number
}

export interface OwnApiContext {
  readonly store: Store
  readonly identity: IdentityServices
  readonly resolvePrincipal: ResolvePrincipal
  readonly addresses: Pick<AddressGate, 'admit'>
  /** @throws too_many_requests */
  readonly enterRequest: EnterRequest
  /** @throws too_many_requests */
  readonly enterChange: EnterChange
  readonly queuePlaces: (principal: Principal) => Promise<QueuePlaces>
  readonly published: OwnPublished
  /** What a tenant keeps on ComfyUI's disk. */
  readonly storageOf: (tenant: Tenant) => Promise<OwnStorage>
  readonly audit: Audit
  readonly registration: () => RegistrationRules
  /** Whether somebody may choose this name for themselves; without one: whether any may be chosen. Asked at every request. */
  readonly mayChooseName: (name?: string) => boolean
  /** What becomes of the jobs of a session that its person signs out of. */
  readonly jobsAtLogout: () => JobsAtEnd
  /** Which roles exist right now, and what they may. */
  readonly roles: () => RoleTable
  /** Whether people of a role need a second factor, right now. */
  readonly needsFactor: (role: RoleName) => boolean
  readonly publicScheme: 'http' | 'https'
  /** `server.public_url`. */
  readonly publicUrl: () => string | undefined
  /** `dist/web`: the built pages and their manifest. */
  readonly webDir: string
  readonly requestId: (message: IncomingMessage) => string
  readonly clientAddress: (message: IncomingMessage) => string
  /** What of a request may prove somebody, beside its query. */
  readonly credentialInput: (message: IncomingMessage) => CredentialInput
  /** @throws cross_site for what another site, or a sibling host, makes a browser ask for with a proof that it adds by itself */
  readonly refuseAmbient: (message: IncomingMessage, proven: Proven) => void
  /** For the log: every refusal, with its cause. */
  readonly requestFailed: (requestId: string, error: unknown) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly health: HealthSources
}
