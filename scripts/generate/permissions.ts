/** What does docs/permissions.md say? Which role may do what, from the one table. */
import { permissions, roleNames, rolePermissions } from '../../shared/src/roles.ts'

export function permissionsDocument(): string {
  const rows = (Object.keys(permissions) as (keyof typeof permissions)[]).map((permission) => {
    const marks = roleNames.map((role) => (rolePermissions[role].has(permission) ? 'yes' : '')).join(' | ')
    return `| \`${permission}\` | ${permissions[permission]} | ${marks} |`
  })
  return [
    '# Roles and permissions',
    '',
    'Written by `pnpm generate` from `shared/src/roles.ts`. The rows of [ROUTES.md](ROUTES.md) name the permission they need.',
    '',
    `| permission | allows to | ${roleNames.join(' | ')} |`,
    `|---|---|${roleNames.map(() => '---|').join('')}`,
    ...rows,
    '',
  ].join('\n')
}
