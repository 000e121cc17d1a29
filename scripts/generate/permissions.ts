/** What does docs/permissions.md say? Which role may do what, and what a key with one scope opens, from the one table. */
import { type Permission, permissionNames, permissions, roleNames, rolePermissions } from '../../shared/src/roles.ts'
import { compileTable } from '../../sidecar/src/policy/compile-table.ts'
import type { Row } from '../../sidecar/src/policy/row.ts'
import { resources } from '../../sidecar/src/routes/index.generated.ts'

export function permissionsDocument(): string {
  const rows = permissionNames.map((permission) => {
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
    ...scopes(),
  ].join('\n')
}

/** Keys, tokens and tickets are limited by the same names. */
function scopes(): readonly string[] {
  const table = compileTable(resources).rows
  const opened = permissionNames.map((permission) => {
    const keys = [...new Set(table.filter((row) => neededFor(row) === permission).map(({ key }) => `\`${key}\``))]
    return `| \`${permission}\` | ${keys.length === 0 ? 'none' : keys.join(', ')} |`
  })
  return [
    '## Scopes',
    '',
    'The scopes of a [key](identity/tokens.md) or [session token](identity/headless.md) are these permissions. A key with one',
    'of them opens the rows of ComfyUI below, where its owner may use them, and no other; it never makes keys, changes',
    'passwords or administers people. `tests/identity/scopes-table.test.ts` asks every row with every scope.',
    '',
    '| scope | opens |',
    '|---|---|',
    ...opened,
    '',
  ]
}

function neededFor({ isolation, needs }: Row): Permission | undefined {
  if (isolation.verb === 'operator') return isolation.may
  return needs === 'anybody' || isolation.verb === 'denied' ? undefined : needs
}
