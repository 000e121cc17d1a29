/** How do commands look after a data directory? Beside a running sidecar, without its lock; it hears of every change. */
import { parseArgs } from 'node:util'
import { createRoleTable } from '@gatehouse/shared/roles'
import { type Config, loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { readAuditKeys } from '../context/read-secrets.ts'
import { mayChooseName } from '../identity/given-names.ts'
import { createPasswords } from '../identity/password.ts'
import { createStore } from '../store/sql/create-store.ts'
import { createFileStore } from '../store/sql/files.ts'
import { openDatabase } from '../store/sql/open-database.ts'
import { runAuditCommand } from './audit-command.ts'
import { createCommandAudit } from './command-audit.ts'
import { runExplainCommand } from './explain-command.ts'
import { badInput, commonOptions } from './output.ts'
import { runSecretCommand } from './secret-command.ts'
import { runSessionCommand } from './session.ts'
import { runTenantCommand } from './tenant.ts'
import type { TenantIo } from './tenant-io.ts'
import { runTokenCommand } from './token.ts'
import { runUserCommand } from './user.ts'
import { runWorkflowCommand } from './workflow.ts'

type StoreCommand = (args: readonly string[], io: TenantIo) => Promise<number>

export const userCommand = withStore(runUserCommand)
export const tokenCommand = withStore(runTokenCommand)
export const sessionCommand = withStore(runSessionCommand)
export const explainCommand = withStore(runExplainCommand)
export const tenantCommand = withStore(runTenantCommand)
export const auditCommand = withStore(runAuditCommand)
export const workflowCommand = withStore(runWorkflowCommand)
export const secretCommand = withStore(runSecretCommand)

function originOf({ server, listen: [first] }: Config): string {
  if (server.public_url !== undefined) return server.public_url
  const { host = '127.0.0.1', port = 8288 } = first ?? {}
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  return `${server.tls_cert_file === undefined ? 'http' : 'https'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function withStore(command: StoreCommand): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    const { values } = parseArgs({ args: [...args], options: commonOptions, strict: false, allowPositionals: true })
    const flag = (name: 'data' | 'config'): string | undefined => {
      // Before a database is opened that nobody meant.
      if (values[name] === true)
        throw badInput(
          `Option '--${name} <value>' argument missing. See the options of every command with: gatehouse --help`,
        )
      return typeof values[name] === 'string' ? values[name] : undefined
    }
    const environment = readEnvironment()
    const config = loadConfig(environment, { data: flag('data'), config: flag('config') })
    const auditKey = readAuditKeys(config)?.[0]
    const { db, close } = await openDatabase(config.dataDir, { verify: false })
    try {
      const store = createStore({ db, auditKey })
      const hasKeyFile = auditKey !== undefined
      return await command(args, {
        store,
        audit: createCommandAudit({ store: store.audit, environment, now: Date.now, hasKeyFile }),
        config,
        registration: config.auth.registration,
        mayChooseName: () => mayChooseName(config),
        origin: originOf(config),
        roles: createRoleTable(config.roles),
        filesOn: (worker) => createFileStore(db, worker),
        passwords: createPasswords(),
        stdin: process.stdin,
        stdout: process.stdout,
      })
    } finally {
      await close()
    }
  }
}
