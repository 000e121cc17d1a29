/** How does a request name the limits of a key? */
import { z } from 'zod'
import { addressLimitCount, workflowNameLimit } from '../identity/key-limits.ts'

export const keyLimits = z.object({
  scopes: z.array(z.string().max(64)).min(1).max(64).nullish(),
  addresses: z.array(z.string().max(64)).min(1).max(addressLimitCount).nullish(),
  workflow: z.string().min(1).max(workflowNameLimit).nullish(),
})
