/** How does a test give a command to the store of an own server? As the command line does, without its process. */
import { Readable } from 'node:stream'
import { createRoleTable } from '@gatehouse/shared/roles'
import { createCommandAudit } from '../../sidecar/src/cli/command-audit.ts'
import { nameTenant } from '../../sidecar/src/cli/name-tenant.ts'
import { runTokenCommand } from '../../sidecar/src/cli/token.ts'
import { runUserCommand } from '../../sidecar/src/cli/user.ts'
import { cheapPasswords, type OwnServer } from './own-server.ts'

const commands = {
  token: runTokenCommand,
  user: runUserCommand,
  tenant: async ([action, ...rest]: readonly string[], io: Parameters<typeof nameTenant>[1]) => {
    if (action !== 'name') throw new Error(`no command tenant ${action}`)
    return nameTenant(rest, io)
  },
} as const

/** What it prints. @throws the sentence of a refusal */
export async function runCommandIn(server: OwnServer, args: readonly string[], stdin = ''): Promise<string> {
  const [name, ...rest] = args
  if (name !== 'token' && name !== 'user' && name !== 'tenant') throw new Error(`no command ${name}`)
  let written = ''
  const now = () => server.clock.nowMs
  const environment = { sudoUser: undefined }
  const code = await commands[name](rest, {
    registration: server.registration.mode,
    mayChooseName: () => true,
    origin: 'https://comfy.example',
    roles: createRoleTable(),
    store: server.store,
    audit: createCommandAudit({ store: server.store.audit, environment, now, hasKeyFile: false }),
    passwords: cheapPasswords,
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: { write: (text: string) => (written += text) },
    now,
  })
  if (code !== 0) throw new Error(`exit code ${code}`)
  return written
}
