/** How does somebody get in who lost every second factor? `gatehouse user reset-factors`, which takes them all away. */
import { getNamedUser } from './named-user.ts'
import { type CommandIo, writeJson } from './output.ts'

/** @throws bad_input */
export async function resetFactors(io: CommandIo, name: string, { json }: { readonly json: boolean }): Promise<void> {
  const member = await getNamedUser(io, name)
  const count = await io.store.secondFactors.removeAll(member.id)
  await io.store.sessions.revokeAll(member.id)
  await io.audit({ kind: 'factor.removed', target: member.name, detail: { all: true, count } })
  if (json) return writeJson(io, { name: member.name, removed: count })
  const what = count === 1 ? '1 second factor' : `${count} second factors`
  io.stdout.write(`${member.name} has lost ${what} and the recovery codes; every session of theirs has ended.\n`)
}
