/** Do people who come by themselves get no more than they should? What they could administer is refused at the start. */
import { createRoleTable, type Permission } from '@gatehouse/shared/roles'
import type { ConfigFile } from './schema.ts'

/** What reaches beyond the own tenant, or makes lasting credentials of one. */
export function administers(permissions: ReadonlySet<Permission>): boolean {
  return [...permissions].some((permission) => /^(?:admin|manager|server|users):/.test(permission))
}

/** Settings of whom else's names are those of accounts here. */
export function sharedNames({ htpasswd_file: file, htpasswd_accounts: listed, ...auth }: ConfigFile['auth']) {
  const { jwt, oidc, ldap, trusted_headers } = auth
  return [
    ...(file !== undefined && listed.names === 'shared' ? ['auth.htpasswd_accounts'] : []),
    ...Object.entries({ jwt, oidc, ldap, trusted_headers }).flatMap(([method, entries]) =>
      entries.flatMap(({ name, accounts }) => (accounts.names === 'shared' ? [`auth.${method} (${name})`] : [])),
    ),
  ]
}

/** Each with its setting and its cure. */
export function arrivalProblems({ auth, roles }: Pick<ConfigFile, 'auth' | 'roles'>): readonly string[] {
  const { registration, registration_role: role } = auth
  const [shared] = sharedNames(auth)
  return [
    ...(administers(createRoleTable(roles).permissionsOf(role))
      ? [`auth.registration_role: ${role} may administer others; choose a role such as user, and raise people by hand`]
      : []),
    ...(registration === 'approval' && shared !== undefined
      ? [
          `auth.registration: a stranger could ask for the name of somebody whom ${shared} lets in, and get their account; set it to invite, or names: own there`,
        ]
      : []),
  ]
}
