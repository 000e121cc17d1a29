/** Which schema versions exist, oldest first? A plain list, so that the bundle holds every one of them. */
import type { Migration } from 'kysely/migration'
import { identity } from './001-identity.ts'
import { ledger } from './002-ledger.ts'
import { workers } from './003-workers.ts'
import { credentials } from './004-credentials.ts'
import { jobPieces } from './006-job-pieces.ts'
import { trials } from './007-trials.ts'
import { audit } from './008-audit.ts'
import { secretOverlap } from './009-secret-overlap.ts'
import { programs } from './010-programs.ts'
import { finerPermissions } from './011-finer-permissions.ts'
import { publishedWorkflows } from './012-published-workflows.ts'
import { secondFactors } from './013-second-factors.ts'
import { arrivals } from './014-arrivals.ts'
import { suspensions } from './015-suspensions.ts'
import { endedCredentials } from './016-ended-credentials.ts'
import { ages } from './017-ages.ts'

/** Forward only; a released entry never changes, and a new one goes to the end. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-identity': identity,
  '002-ledger': ledger,
  '003-workers': workers,
  '004-credentials': credentials,
  '006-job-pieces': jobPieces,
  '007-trials': trials,
  '008-audit': audit,
  '009-secret-overlap': secretOverlap,
  '010-programs': programs,
  '011-finer-permissions': finerPermissions,
  '012-published-workflows': publishedWorkflows,
  '013-second-factors': secondFactors,
  '014-arrivals': arrivals,
  '015-suspensions': suspensions,
  '016-ended-credentials': endedCredentials,
  '017-ages': ages,
}
