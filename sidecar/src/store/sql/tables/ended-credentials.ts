/** How is it kept which credentials were ended? */
import type { EndedCredential } from '../../ended-credentials.ts'

export interface EndedCredentialTables {
  ended_credentials: {
    name: string
    at_ms: number
    jobs: EndedCredential['jobs']
  }
}
