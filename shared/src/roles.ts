/** Which roles exist, and what may each of them do? The one table of roles and permissions. */

/** Every permission, with the sentence the documentation prints. */
export const permissions = {
  'ui:open': 'open the ComfyUI page and its static files',
  'prompt:run': 'queue prompts and cancel own jobs',
  'nodes:partner': 'run partner nodes, which send their inputs to Comfy.org',
  'upload:create': 'upload input files',
  'output:read': 'see own inputs, outputs, history and previews',
  'output:delete': 'delete own inputs and outputs',
  'workflow:read': 'read own saved workflows and other user data',
  'workflow:write': 'save, move and delete own workflows and other user data',
  'settings:write': 'change own settings',
  'models:read': 'list models and their metadata',
  'token:own': 'create and revoke own API keys',
  'worker:free': 'unload models and free the memory of the shared worker',
  'server:logs': 'read the logs and paths of the ComfyUI server',
  'manager:use': 'use ComfyUI-Manager: install, update and restart',
  'admin:users': 'create, change, disable and remove users and their sessions and keys',
  'admin:owners': 'give and take the roles owner and admin',
} as const

export type Permission = keyof typeof permissions

export const roleNames = ['owner', 'admin', 'power', 'user', 'guest'] as const
export type RoleName = (typeof roleNames)[number]

const guest = ['ui:open', 'output:read', 'workflow:read', 'models:read'] as const satisfies readonly Permission[]
const user = [
  ...guest,
  'prompt:run',
  'nodes:partner',
  'upload:create',
  'output:delete',
  'workflow:write',
  'settings:write',
  'token:own',
] as const satisfies readonly Permission[]
const power = [...user, 'worker:free'] as const satisfies readonly Permission[]
const admin = [...power, 'server:logs', 'admin:users'] as const satisfies readonly Permission[]
const owner = [...admin, 'manager:use', 'admin:owners'] as const satisfies readonly Permission[]

export const rolePermissions: Readonly<Record<RoleName, ReadonlySet<Permission>>> = {
  owner: new Set(owner),
  admin: new Set(admin),
  power: new Set(power),
  user: new Set(user),
  guest: new Set(guest),
}

/** The role called `name`; undefined for any other string. */
export function parseRole(name: string): RoleName | undefined {
  return roleNames.find((role) => role === name)
}

/** The permission called `name`; undefined for any other string. */
export function parsePermission(name: string): Permission | undefined {
  return isPermission(name) ? name : undefined
}

function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name)
}

/** Whether `role` holds `permission`. */
export function mayRole(role: RoleName, permission: Permission): boolean {
  return rolePermissions[role].has(permission)
}
