/** May people make an account of their own? The `auth.registration` settings. */
import { z } from 'zod'
import { roleName } from './accounts-schema.ts'

export const registrationSettings = {
  registration: z
    .enum(['off', 'invite', 'approval'])
    .default('invite')
    .describe('invite: whoever an administrator invited; approval: anybody may ask, and waits for an administrator'),
  registration_role: roleName
    .prefault('user')
    .describe('role of people who asked; may not be one that administers anything'),
  registration_waiting: z.int().min(1).max(10_000).default(50).describe('people who may wait for approval at once'),
}
