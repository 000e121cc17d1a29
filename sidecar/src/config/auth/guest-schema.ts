/** Is a stranger somebody? The `auth.guest` section, off unless written. */
import { z } from 'zod'

export const guestSchema = z
  .strictObject({ user: z.string().min(1).describe('the account that everybody without a login is taken for') })
  .optional()
  .describe('lets everybody who can reach the sidecar in without a login, as one account that administers nothing')
