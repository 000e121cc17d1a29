/** Is anybody who sits at this machine somebody? The `auth.localhost` section, off unless written. */
import { z } from 'zod'

export const localhostSchema = z
  .strictObject({ user: z.string().min(1).describe('whom a browser or program on this very machine is taken for') })
  .optional()
  .describe('lets whoever uses this machine in without a login; refused where anybody else could come that way')
