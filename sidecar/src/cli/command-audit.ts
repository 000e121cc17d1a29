/** Who used the command line? What a command changes is written down with the account of the operating system. */
import { userInfo } from 'node:os'
import type { AuditEntry } from '../audit/audit.ts'
import { cleanEntry } from '../audit/clean-entry.ts'
import type { Environment } from '../config/env.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { AuditStore } from '../store/audit-store.ts'

/** Resolves when it is written. @throws audit_unavailable: it was done, and nobody wrote it down */
export type CommandAudit = (entry: Pick<AuditEntry, 'kind' | 'target' | 'detail'>) => Promise<void>

export interface CommandAuditDependencies {
  readonly store: AuditStore
  readonly environment: Pick<Environment, 'sudoUser'>
  readonly now: () => number
  /** Whether `audit.key_file` is known here. */
  readonly hasKeyFile: boolean
}

export function createCommandAudit(dependencies: CommandAuditDependencies): CommandAudit {
  const { store, environment, now } = dependencies
  const account = {
    osUser: osUser(),
    ...(environment.sudoUser === undefined ? {} : { sudoUser: environment.sudoUser }),
  }
  return async ({ kind, target, detail }) => {
    await refuseWrongKey(dependencies)
    const entry = { kind, target, method: 'command line', detail: { ...detail, ...account } }
    try {
      await store.append([cleanEntry(entry, now())])
    } catch (cause) {
      throw new GatehouseError('audit_unavailable', {
        cause,
        message:
          'It was done, but could not be written into the list of security events. Free space or mend the permissions of the data directory.',
      })
    }
  }
}

/** A command without the configuration of the sidecar would seal with another key than it does. */
async function refuseWrongKey({ store, hasKeyFile }: CommandAuditDependencies): Promise<void> {
  const head = await store.checkpoint('head')
  if (hasKeyFile || head === undefined || !head.keyId.startsWith('file-')) return
  throw new GatehouseError('audit_unavailable', {
    message:
      'It was done, but not written into the list of security events, which is sealed with audit.key_file. Name the configuration of the sidecar with --config.',
  })
}

function osUser(): string {
  try {
    return userInfo().username
  } catch {
    // An account without a name: containers run as any number.
    return String(process.getuid?.() ?? '')
  }
}
