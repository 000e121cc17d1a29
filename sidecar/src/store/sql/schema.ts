/** Which tables exist? Each noun describes its own; here they are one database. */
import type { ApiKeyTables } from './tables/api-keys.ts'
import type { ArrivalTables } from './tables/arrivals.ts'
import type { AuditTables } from './tables/audit.ts'
import type { ChangeTables } from './tables/changes.ts'
import type { EndedCredentialTables } from './tables/ended-credentials.ts'
import type { FileTables } from './tables/files.ts'
import type { JobTables } from './tables/jobs.ts'
import type { LinkedIdentityTables } from './tables/linked-identities.ts'
import type { PublishedWorkflowTables } from './tables/published-workflows.ts'
import type { SecondFactorTables } from './tables/second-factors.ts'
import type { SecretTables } from './tables/secrets.ts'
import type { SessionTables } from './tables/sessions.ts'
import type { SetupTables } from './tables/setup.ts'
import type { SuspensionTables } from './tables/suspensions.ts'
import type { TenantTables } from './tables/tenants.ts'
import type { TicketTables } from './tables/tickets.ts'
import type { TokenSessionTables } from './tables/token-sessions.ts'
import type { TrialTables } from './tables/trials.ts'
import type { UserTables } from './tables/users.ts'

/** User ids outlive their users in other nouns' tables (jobs, files): keep them there without a foreign key. */
export interface Database
  extends UserTables,
    TenantTables,
    SessionTables,
    TokenSessionTables,
    TicketTables,
    ApiKeyTables,
    SetupTables,
    SecretTables,
    SecondFactorTables,
    ChangeTables,
    EndedCredentialTables,
    JobTables,
    TrialTables,
    PublishedWorkflowTables,
    FileTables,
    LinkedIdentityTables,
    ArrivalTables,
    SuspensionTables,
    AuditTables {}
