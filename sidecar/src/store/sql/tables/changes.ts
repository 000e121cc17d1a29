/** How is the change feed kept? */
import type { UserId } from '@gatehouse/shared/ids'
import type { Generated } from 'kysely'
import type { ChangeKind } from '../../store.ts'

export interface ChangeTables {
  changes: {
    seq: Generated<number>
    kind: ChangeKind
    user_id: UserId
    credential_id: string | null
    at_ms: number
  }
}
