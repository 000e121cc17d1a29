/** How is a published workflow kept? Its texts as JSON, as they were judged. */
import type { TenantId, UserId } from '@gatehouse/shared/ids'

export interface PublishedWorkflowTables {
  published_workflows: {
    id: string
    /** Empty: for everybody. */
    tenant_id: TenantId | ''
    name: string
    publisher_id: UserId
    prompt: string
    open_inputs: string
    workflow: string | null
    created_at_ms: number
  }
}
