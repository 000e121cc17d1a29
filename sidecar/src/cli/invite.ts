/** How does an operator invite somebody? `gatehouse user invite --role ROLE`, which prints the link. */
import { invitationMs, longestInvitationMs, mintInvitation, mustBeNamed } from '../identity/invitation.ts'
import { parseDuration } from './duration.ts'
import { canonicalName } from './named-user.ts'
import { badInput, type CommandIo, timeText, writeJson } from './output.ts'

export interface InviteFlags {
  readonly role?: string | undefined
  readonly tenant?: string | undefined
  readonly expires?: string | undefined
  readonly json: boolean
}

/** The invited choose their own name, unless one is given. @throws bad_input */
export async function inviteUser(io: CommandIo, positionals: readonly string[], flags: InviteFlags): Promise<void> {
  if (positionals.length > 1) throw badInput('Name one user, or none and let them choose.')
  const role = io.roles.names.find((known) => known === flags.role)
  if (role === undefined) throw badInput(`Give them a role with --role: ${io.roles.names.join(', ')}.`)
  if (io.registration === 'off') {
    throw badInput('auth.registration is off, so that nobody could follow the link. Set it to invite or approval.')
  }
  const tenantName = flags.tenant === undefined ? null : canonicalName(flags.tenant)
  const userName = positionals[0] === undefined ? null : canonicalName(positionals[0])
  if (userName === null && !io.mayChooseName()) throw badInput(mustBeNamed)
  if (userName !== null && (await io.store.users.findByName(userName)) !== undefined) {
    throw badInput(`There is a user ${userName} already. Choose another name.`)
  }
  const lasts = flags.expires === undefined ? invitationMs : parseDuration(flags.expires, '--expires')
  if (lasts > longestInvitationMs) throw badInput('An invitation is good for a year at most. Shorten --expires.')
  const createdAtMs = (io.now ?? Date.now)()
  const expiresAtMs = createdAtMs + lasts
  const { record, path } = mintInvitation({ role, tenantName, userName, invitedBy: null, createdAtMs, expiresAtMs })
  await io.store.invitations.add(record)
  const detail = { role, tenant: tenantName ?? 'own', user: userName ?? 'any' }
  await io.audit({ kind: 'invitation.created', target: record.id, detail })
  const link = `${io.origin}${path}`
  if (flags.json) writeJson(io, { id: record.id, link, expiresAt: timeText(expiresAtMs) })
  else io.stdout.write(`${link}\n`)
}
