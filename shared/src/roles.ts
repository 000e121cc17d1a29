/** Which roles exist, and what may each of them do? The one table of roles and permissions. */
import type { Branded } from './ids.ts'

/** Every permission, with the sentence the documentation prints. */
export const permissions = {
  'ui:open': 'open the ComfyUI page and its static files',
  'prompt:run': 'queue published workflows and cancel own jobs',
  'graph:edit': 'queue any graph, with `prompt:run`; without this one, published workflows only',
  'nodes:partner': 'run partner nodes, which send their inputs to Comfy.org',
  'upload:create': 'upload input files',
  'output:read': 'see own inputs, outputs, history and previews',
  'output:delete': 'delete own inputs and outputs',
  'workflow:read': 'read own saved workflows and other user data',
  'workflow:save': 'save own workflows and other user data under new names',
  'workflow:overwrite': 'save over own workflows and other user data, with `workflow:save`',
  'workflow:delete': 'delete and move own workflows and other user data',
  'workflow:publish': 'publish a workflow in the own tenant, for those who may run nothing else',
  'settings:write': 'change own settings',
  'models:read': 'list models and their metadata',
  'token:own': 'create and revoke own API keys',
  'worker:free': 'unload models and free the memory of the shared worker',
  'server:logs': 'read the logs and paths of the ComfyUI server',
  'manager:read': 'see in ComfyUI-Manager what is and what could be installed',
  'manager:install': 'install, update, remove and set up with ComfyUI-Manager, and use what runs code on the server',
  'manager:restart': 'restart ComfyUI with ComfyUI-Manager',
  'users:read': 'see who else has an account, and what every tenant keeps on the disk',
  'admin:users': 'create, change, disable and remove users and their sessions and keys',
  'admin:owners': 'give and take the roles owner and admin',
  'admin:audit': 'read the list of security events',
  'admin:workflows': 'publish workflows for everybody',
  'admin:impersonate': 'act in the place of somebody else for an hour, visibly and written down',
} as const

export type Permission = keyof typeof permissions
export const permissionNames = Object.keys(permissions).flatMap((name) => parsePermission(name) ?? [])

export const roleNames = ['owner', 'admin', 'power', 'user', 'guest'] as const
export type BuiltInRole = (typeof roleNames)[number]
/** A built-in role, or one of the configuration: which of those exist, and what they may, a `RoleTable` says. */
export type RoleName = BuiltInRole | Branded<'RoleName'>

const guest = ['ui:open', 'output:read', 'workflow:read', 'models:read'] as const satisfies readonly Permission[]
const user = [
  ...guest,
  'prompt:run',
  'graph:edit',
  'nodes:partner',
  'upload:create',
  'output:delete',
  'workflow:save',
  'workflow:overwrite',
  'workflow:delete',
  'settings:write',
  'token:own',
] as const satisfies readonly Permission[]
const power = [...user, 'workflow:publish', 'worker:free'] as const satisfies readonly Permission[]
const admin = [
  ...power,
  'server:logs',
  'users:read',
  'admin:users',
  'admin:audit',
  'admin:workflows',
] as const satisfies readonly Permission[]
const owner = [
  ...admin,
  'manager:read',
  'manager:install',
  'manager:restart',
  'admin:owners',
  'admin:impersonate',
] as const satisfies readonly Permission[]

export const rolePermissions: Readonly<Record<BuiltInRole, ReadonlySet<Permission>>> = {
  owner: new Set(owner),
  admin: new Set(admin),
  power: new Set(power),
  user: new Set(user),
  guest: new Set(guest),
}

const roleShape = /^[a-z][a-z0-9_-]{0,31}$/

/** The role called `name`, if that can be one's name; undefined for any other string. */
export function parseRole(name: string): RoleName | undefined {
  return roleShape.test(name) ? (name as RoleName) : undefined
}

/** The permission called `name`; undefined for any other string. */
export function parsePermission(name: string): Permission | undefined {
  return isPermission(name) ? name : undefined
}

function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name)
}

/** A role of the configuration, or what it changes in a built-in one. */
export interface RoleDefinition {
  /** The role it starts from; a built-in one starts from itself. */
  readonly like?: BuiltInRole | undefined
  readonly may?: readonly Permission[] | undefined
  readonly may_not?: readonly Permission[] | undefined
}

export interface RoleTable {
  /** Built-in ones first. */
  readonly names: readonly RoleName[]
  has(role: RoleName): boolean
  /** Nothing for a role that does not exist. */
  permissionsOf(role: RoleName): ReadonlySet<Permission>
}

const nothing: ReadonlySet<Permission> = new Set()

/** What every role may: the built-in table with what the configuration says. The owner's is never changed. */
export function createRoleTable(definitions: Readonly<Record<string, RoleDefinition | undefined>> = {}): RoleTable {
  const table = new Map<string, ReadonlySet<Permission>>(Object.entries(rolePermissions))
  for (const [name, definition = {}] of Object.entries(definitions)) {
    if (name === 'owner') continue
    const base = definition.like === undefined ? nothing : rolePermissions[definition.like]
    const from = table.get(name) ?? base
    const without = new Set(definition.may_not)
    const held = [...from, ...(definition.may ?? [])].filter((permission) => !without.has(permission))
    table.set(name, new Set(held))
  }
  const names = [...table.keys()].flatMap((name) => parseRole(name) ?? [])
  return { names, has: (role) => table.has(role), permissionsOf: (role) => table.get(role) ?? nothing }
}
