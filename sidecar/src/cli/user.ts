/** How does an operator look after users? `gatehouse user add | list | role | invite | disable | enable | remove | password | reset-factors`. */
import { parseArgs } from 'node:util'
import type { RoleName } from '@gatehouse/shared/roles'
import { judgeNewPassword } from '../identity/password-policy.ts'
import type { Member } from '../store/store.ts'
import { inviteUser } from './invite.ts'
import { canonicalName, getNamedUser, onlyName } from './named-user.ts'
import { badInput, type CommandIo, commonOptions, readLine, timeText, writeJson, writeTable } from './output.ts'
import { resetFactors } from './reset-factors.ts'

const options = {
  ...commonOptions,
  role: { type: 'string' },
  tenant: { type: 'string' },
  'password-stdin': { type: 'boolean', default: false },
  expires: { type: 'string' },
  service: { type: 'boolean', default: false },
} as const

type UserFlags = ReturnType<typeof parseUserArgs>['values']

/** Exit code; bad input is thrown. @throws bad_input, weak_password, name_taken, tenant_taken, last_owner */
export async function runUserCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseUserArgs(args)
  const [action = '', ...rest] = positionals
  switch (action) {
    case 'add':
      await addUser(io, onlyName(rest, 'user'), values)
      return 0
    case 'list':
      await listUsers(io, values)
      return 0
    case 'disable':
    case 'enable':
      await setState(io, onlyName(rest, 'user'), action === 'enable' ? 'active' : 'disabled', values)
      return 0
    case 'role':
      await setRole(io, rest, values)
      return 0
    case 'invite':
      await inviteUser(io, rest, values)
      return 0
    case 'remove':
      await removeUser(io, onlyName(rest, 'user'), values)
      return 0
    case 'reset-factors':
      await resetFactors(io, onlyName(rest, 'user'), values)
      return 0
    case 'password':
      await setPassword(io, onlyName(rest, 'user'), values)
      return 0
    default:
      throw badInput(
        `There is no "user ${action}". Use user add, list, role, invite, disable, enable, remove, password or reset-factors.`,
      )
  }
}

function parseUserArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

async function addUser(io: CommandIo, text: string, flags: UserFlags): Promise<void> {
  const name = canonicalName(text)
  const role = readRole(io, flags.role)
  const tenantName = flags.tenant === undefined ? undefined : canonicalName(flags.tenant)
  const kind = flags.service ? 'service' : 'person'
  const passwordHash = flags.service ? withoutPassword(flags) : await readNewPassword(io, name, flags)
  const member = await io.store.users.add({ name, role, kind, passwordHash, tenantName })
  const what = flags.service ? `${member.role}, a service account` : member.role
  const detail = { role: member.role, tenant: member.tenant.label, kind: member.kind }
  await io.audit({ kind: 'user.created', target: member.name, detail })
  report(io, flags, member, `Added ${member.name} (${what}) in tenant ${member.tenant.label}.`)
}

/** @throws bad_input */
function withoutPassword(flags: UserFlags): null {
  if (!flags['password-stdin']) return null
  throw badInput(
    'A service account has no password. Leave --password-stdin out, and make it a key: gatehouse token create',
  )
}

function readRole({ roles }: CommandIo, name: string | undefined): RoleName {
  const role = roles.names.find((known) => known === name)
  if (role === undefined) throw badInput(`Give the user a role with --role: ${roles.names.join(', ')}.`)
  return role
}

/** `user role NAME ROLE`. @throws bad_input, last_owner */
async function setRole(io: CommandIo, positionals: readonly string[], flags: UserFlags): Promise<void> {
  const [name = '', wanted = '', ...rest] = positionals
  const role = io.roles.names.find((known) => known === wanted)
  if (name === '' || role === undefined || rest.length > 0) {
    throw badInput(`Write gatehouse user role NAME ROLE, where ROLE is one of ${io.roles.names.join(', ')}.`)
  }
  const member = await getNamedUser(io, name)
  await io.store.users.setRole(member.id, role)
  await io.audit({ kind: 'user.changed', target: member.name, detail: { role: `${member.role} -> ${role}` } })
  report(io, flags, { ...member, role }, `${member.name} is ${role} now; every session of theirs has ended.`)
}

async function listUsers(io: CommandIo, flags: UserFlags): Promise<void> {
  const members = await io.store.users.list()
  if (flags.json) return writeJson(io, members.map(summarise))
  const rows = members.map((member) => [
    member.name,
    member.role,
    member.tenant.label,
    member.kind,
    member.state,
    timeText(member.createdAtMs),
    member.id,
  ])
  writeTable(io, ['NAME', 'ROLE', 'TENANT', 'KIND', 'STATE', 'CREATED', 'ID'], rows)
}

async function setState(io: CommandIo, name: string, state: Member['state'], flags: UserFlags): Promise<void> {
  const member = await getNamedUser(io, name)
  await io.store.users.setState(member.id, state)
  await io.audit({ kind: 'user.changed', target: member.name, detail: { state: `${member.state} -> ${state}` } })
  report(io, flags, { ...member, state }, `${member.name} is ${state === 'active' ? 'enabled' : 'disabled'}.`)
}

async function removeUser(io: CommandIo, name: string, flags: UserFlags): Promise<void> {
  const member = await getNamedUser(io, name)
  await io.store.users.remove(member.id)
  await io.audit({ kind: 'user.removed', target: member.name, detail: { role: member.role } })
  report(io, flags, member, `Removed ${member.name}. The files of tenant ${member.tenant.label} were kept.`)
}

async function setPassword(io: CommandIo, name: string, flags: UserFlags): Promise<void> {
  const member = await getNamedUser(io, name)
  if (member.kind === 'service')
    throw badInput(`${member.name} is a service account, which has no password. Make it a key: gatehouse token create`)
  await io.store.users.setPassword(member.id, await readNewPassword(io, member.name, flags))
  await io.audit({ kind: 'password.changed', target: member.name })
  report(io, flags, member, `${member.name} has a new password; every session of theirs has ended.`)
}

async function readNewPassword(io: CommandIo, userName: string, flags: UserFlags): Promise<string> {
  if (!flags['password-stdin']) {
    throw badInput(
      'Pipe the password in and say --password-stdin; an argument would be seen by everybody on the machine.',
    )
  }
  const password = await readLine(io.stdin)
  judgeNewPassword(password, userName)
  return io.passwords.hash(password)
}

function report(io: CommandIo, flags: UserFlags, member: Member, sentence: string): void {
  if (flags.json) writeJson(io, summarise(member))
  else io.stdout.write(`${sentence}\n`)
}

function summarise(member: Member) {
  return {
    id: member.id,
    name: member.name,
    role: member.role,
    tenant: member.tenant.label,
    kind: member.kind,
    state: member.state,
    createdAt: timeText(member.createdAtMs),
  }
}
