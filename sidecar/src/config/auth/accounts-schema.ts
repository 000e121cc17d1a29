/** What becomes of people whom somebody else vouches for? The `accounts` section that every such method has. */
import { parseRole } from '@gatehouse/shared/roles'
import { z } from 'zod'

/** A role's name; whether it exists is judged with the whole configuration. */
export const roleName = z.string().transform((text, context) => {
  const role = parseRole(text)
  if (role === undefined) context.addIssue({ code: 'custom', message: 'write the name of a role, such as user' })
  return role ?? z.NEVER
})

export const accountsSchema = z
  .strictObject({
    provision: z
      .boolean()
      .default(true)
      .describe('the first visit creates the account; false: only linked ones come in'),
    names: z
      .enum(['own', 'shared'])
      .default('own')
      .describe('shared: its user and tenant names ARE those of local accounts, so it can be anybody here'),
    role: roleName
      .optional()
      .describe('role of people in no mapped group; left out: they are refused where groups are mapped'),
    roles: z
      .record(z.string().min(1), roleName)
      .default({})
      .describe('group to role; the first line that fits counts, and a changed group changes the role'),
    tenants: z
      .record(z.string().min(1), z.string().min(1))
      .default({})
      .describe('user name, or @group, to tenant; left out: what the tenant claim says, else a tenant of their own'),
  })
  .prefault({})

export type AccountRules = z.infer<typeof accountsSchema>

/** Whether nothing depends on groups: then it need not be said where they are. */
export function isWithoutGroups({ roles, tenants }: Pick<AccountRules, 'roles' | 'tenants'>): boolean {
  return Object.keys(roles).length === 0 && !Object.keys(tenants).some((who) => who.startsWith('@'))
}
