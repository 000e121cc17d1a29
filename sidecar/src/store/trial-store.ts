/** Whom does a look at this installation make, and how do they go again? People with a mark, in tenants of their own. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'
import type { Member } from './store.ts'

export interface NewTrial {
  readonly name: string
  /** On which their tenant is, whatever the placement says. */
  readonly worker: string
}

export interface Trials {
  /** The mark is written with the person, both or neither. @throws name_taken, tenant_taken */
  add(trial: NewTrial): Promise<Member>
  /** undefined: no tenant of a trial. */
  workerOf(tenantId: TenantId): Promise<string | undefined>
  list(): Promise<readonly Member[]>
  /** Nothing happens to people without the mark. True when the ledger still knows files of theirs: then their tenant stays, too. */
  remove(id: UserId): Promise<boolean>
}
