/** What would a request of somebody meet? `gatehouse explain METHOD PATH --as NAME`. */
import { parseArgs } from 'node:util'
import { GatehouseError } from '../gatehouse-error.ts'
import { type CanonicalTarget, canonicalTarget } from '../http/canonical-path.ts'
import { isOwnPath } from '../lane.ts'
import { methods } from '../policy/canonical-request.ts'
import { explain } from '../policy/explain.ts'
import { principalOf } from '../tenant/resolve-principal.ts'
import { getNamedUser } from './named-user.ts'
import { badInput, type CommandIo, commonOptions, writeJson } from './output.ts'
import { configuredTable } from './routes.ts'

/** Exit code; bad input is thrown. @throws bad_input */
export async function runExplainCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...commonOptions, as: { type: 'string' } },
    allowPositionals: true,
  })
  const [methodName = '', target = '', ...rest] = positionals
  const method = methods.find((known) => known === methodName.toUpperCase())
  if (method === undefined || target === '' || rest.length > 0)
    throw badInput('Say what to explain: gatehouse explain METHOD PATH --as NAME.')
  const { segments, underApi, path, query } = readTarget(target)
  const principal = values.as === undefined ? undefined : await findPrincipal(io, values.as)
  const lines = isOwnPath({ segments, underApi })
    ? [`${method} ${path}`, 'own page or API: answered by Gatehouse itself, never by ComfyUI']
    : explain(configuredTable(values), principal, { method, segments, underApi, path, query, headers: {} })
  if (values.json) writeJson(io, lines)
  else io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

function readTarget(target: string): CanonicalTarget {
  try {
    return canonicalTarget(target)
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    throw badInput(
      `No row is looked for: ${target.slice(0, 200)} could be read in two ways, and is refused. Write a plain absolute path.`,
    )
  }
}

async function findPrincipal(io: CommandIo, name: string) {
  const member = await getNamedUser(io, name)
  return principalOf({ userId: member.id, method: 'session', credentialId: '', provenAtMs: 0 }, member)
}
