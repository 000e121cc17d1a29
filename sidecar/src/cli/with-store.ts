/** How do commands look after a data directory? Beside a running sidecar, without its lock; it hears of every change. */
import { parseArgs } from 'node:util'
import { loadConfig } from '../config/config.ts'
import { readEnvironment } from '../config/env.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { canonicalTarget } from '../http/canonical-path.ts'
import { createPasswords } from '../identity/password.ts'
import { canonicalUserName } from '../identity/user-name.ts'
import { methods } from '../policy/canonical-request.ts'
import { explain } from '../policy/explain.ts'
import { createStore } from '../store/sql/create-store.ts'
import { openDatabase } from '../store/sql/open-database.ts'
import type { Store } from '../store/store.ts'
import { principalOf } from '../tenant/resolve-principal.ts'
import { badInput, type CommandIo, commonOptions, writeJson } from './output.ts'
import { configuredTable } from './routes.ts'
import { runSessionCommand } from './session.ts'
import { runTokenCommand } from './token.ts'
import { runUserCommand } from './user.ts'

type StoreCommand = (args: readonly string[], io: CommandIo) => Promise<number>

export const userCommand = withStore(runUserCommand)
export const tokenCommand = withStore(runTokenCommand)
export const sessionCommand = withStore(runSessionCommand)
export const explainCommand = withStore(runExplainCommand)

function withStore(command: StoreCommand): (args: readonly string[]) => Promise<number> {
  return async (args) => {
    const { values } = parseArgs({ args: [...args], options: commonOptions, strict: false, allowPositionals: true })
    const flag = (name: 'data' | 'config'): string | undefined =>
      typeof values[name] === 'string' ? values[name] : undefined
    const config = loadConfig(readEnvironment(), { data: flag('data'), config: flag('config') })
    const { db, close } = await openDatabase(config.dataDir)
    try {
      return await command(args, {
        store: createStore({ db }),
        passwords: createPasswords(),
        stdin: process.stdin,
        stdout: process.stdout,
      })
    } finally {
      await close()
    }
  }
}

/** `gatehouse explain METHOD PATH --as NAME` */
async function runExplainCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...commonOptions, as: { type: 'string' } },
    allowPositionals: true,
  })
  const [methodName = '', target = ''] = positionals
  const method = methods.find((known) => known === methodName.toUpperCase())
  if (method === undefined || target === '')
    throw badInput('Say what to explain: gatehouse explain METHOD PATH --as NAME.')
  const { segments, underApi, path, query } = canonicalTarget(target)
  const principal = values.as === undefined ? undefined : await findPrincipal(io.store, values.as)
  const lines = explain(configuredTable(values), principal, { method, segments, underApi, path, query, headers: {} })
  if (values.json) writeJson(io, lines)
  else io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

async function findPrincipal(store: Store, name: string) {
  const canonical = canonicalUserName(name)
  const member = canonical === undefined ? undefined : await store.users.findByName(canonical)
  if (member === undefined)
    throw new GatehouseError('bad_input', { message: `There is no user "${name}". See gatehouse user list.` })
  return principalOf({ userId: member.id, method: 'session', credentialId: '', provenAtMs: 0 }, member)
}
