/** By which name can others join the tenant of somebody who came on their own? `gatehouse tenant name USER NAME` gives it one. */
import { parseArgs } from 'node:util'
import { canonicalName, getNamedUser } from './named-user.ts'
import { badInput, type CommandIo, commonOptions, writeJson } from './output.ts'

/** Exit code. @throws bad_input, tenant_taken */
export async function nameTenant(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: commonOptions, allowPositionals: true })
  const [user, text, ...rest] = positionals
  if (user === undefined || text === undefined || rest.length > 0) {
    throw badInput('Say whose tenant gets which name: gatehouse tenant name USER NAME')
  }
  const member = await getNamedUser(io, user)
  const name = canonicalName(text)
  if (!(await io.store.tenants.giveName(member.tenant.id, name))) {
    throw badInput(
      `The tenant of ${member.name} is called ${member.tenant.label} already; people join it by that name.`,
    )
  }
  await io.audit({ kind: 'user.changed', target: member.name, detail: { tenant: name } })
  if (values.json) writeJson(io, { user: member.name, tenant: name })
  else io.stdout.write(`The tenant of ${member.name} is called ${name} now. Others join it with --tenant ${name}.\n`)
  return 0
}
