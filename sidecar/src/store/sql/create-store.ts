/** How do the nouns become one store? Each gets the slice it needs of one database. */
import type { Kysely } from 'kysely'
import type { SealKey } from '../audit-chain.ts'
import type { Store } from '../store.ts'
import { createApiKeys } from './api-keys.ts'
import { createAuditStore } from './audit.ts'
import { createChangeLog } from './changes.ts'
import { createDeviceLinks } from './device-links.ts'
import { createEndedCredentials } from './ended-credentials.ts'
import { createInvitations } from './invitations.ts'
import { createLinkedIdentities } from './linked-identities.ts'
import { createPublishedWorkflows } from './published-workflows.ts'
import type { Database } from './schema.ts'
import { createSecondFactors } from './second-factors.ts'
import { createSecrets } from './secrets.ts'
import { createSessions } from './sessions.ts'
import { createSetup } from './setup.ts'
import { createSuspensions } from './suspensions.ts'
import { createTenants } from './tenants.ts'
import { createTickets } from './tickets.ts'
import { createTokenSessions } from './token-sessions.ts'
import { createUsers } from './users.ts'

export interface StoreDependencies {
  readonly db: Kysely<Database>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Seals the list of security events; undefined: a key of the database's own. */
  readonly auditKey?: SealKey | undefined
}

export function createStore({ db, now = Date.now, auditKey }: StoreDependencies): Store {
  const { changes, write } = createChangeLog(db, now)
  return {
    users: createUsers({ db, write, now }),
    tenants: createTenants(db, write),
    sessions: createSessions({ db, write, now }),
    tokenSessions: createTokenSessions(db),
    tickets: createTickets(db),
    apiKeys: createApiKeys({ db, write, now }),
    endedCredentials: createEndedCredentials({ db, now }),
    suspensions: createSuspensions({ write, now }),
    linkedIdentities: createLinkedIdentities({ db, write, now }),
    secondFactors: createSecondFactors(db, write),
    publishedWorkflows: createPublishedWorkflows({ db, now }),
    invitations: createInvitations({ db, write, now }),
    deviceLinks: createDeviceLinks({ db, now }),
    setup: createSetup({ db, write, now }),
    secrets: createSecrets({ db, write, now }),
    audit: createAuditStore({ db, now, sealKey: auditKey }),
    changes,
  }
}
