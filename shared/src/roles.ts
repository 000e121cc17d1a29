/** Which roles exist, and what may each of them do? The one table of roles and permissions. */
import type { Branded } from './ids.ts'

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
  'admin:audit': 'read the list of security events',
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
  'nodes:partner',
  'upload:create',
  'output:delete',
  'workflow:write',
  'settings:write',
  'token:own',
] as const satisfies readonly Permission[]
const power = [...user, 'worker:free'] as const satisfies readonly Permission[]
const admin = [...power, 'server:logs', 'admin:users', 'admin:audit'] as const satisfies readonly Permission[]
const owner = [...admin, 'manager:use', 'admin:owners', 'admin:impersonate'] as const satisfies readonly Permission[]

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
