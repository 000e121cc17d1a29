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
    ...ownRoles(),
    ...scopes(),
  ].join('\n')
}

/** What a configuration adds to the table above. */
function ownRoles(): readonly string[] {
  return [
    '## Roles of your own',
    '',
    'A role under `roles` of the configuration starts `like` a built-in one, and has more (`may`) or less (`may_not`) of',
    'these permissions; a built-in one is changed under its own name. [roles.md](identity/roles.md) has examples.',
    '',
    '| setting of `roles.NAME` | says |',
    '|---|---|',
    ...Object.entries(roleSettings).map(([name, says]) => `| \`${name}\` | ${says} |`),
    '',
  ]
}

const roleSettings: Readonly<Record<string, string>> = {
  like: `the built-in role that a new one starts from: ${roleNames.join(', ')}`,
  may: 'permissions added to it',
  may_not: 'permissions taken from it; wins over `may`',
  'nodes: {allow: [...]}': 'only these node classes: `Class`, `Load*`, `pack:FOLDER`',
  'nodes: {deny: [...]}': 'never these; wins over what is allowed',
  'models: {allow: [...]}': 'only these models: `checkpoints/house*`',
  'models: {deny: [...]}': 'never these; wins over what is allowed',
  limits: 'how much one person of the role may use at once, where it differs from `limits`',
  addresses: 'from where people of the role may come',
  second_factor: 'whether whoever logs in has to prove a second factor before anything else',
  strip_metadata: 'whether files are shown without the prompt and workflow inside them',
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
    'The scopes of a [key](identity/tokens.md), of a [session token](identity/headless.md) and of a',
    '[token of an issuer](identity/jwt.md#tokens-that-may-do-less) are these permissions. A key or token with one of them',
    'opens the rows of ComfyUI below, where its owner may use them, and no other; it never makes keys, changes passwords or',
    'administers people. `tests/identity/scopes-table.test.ts` asks every row with every scope.',
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
