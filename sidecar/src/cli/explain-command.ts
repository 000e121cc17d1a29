/** What would a request of somebody meet? `gatehouse explain METHOD PATH --as NAME [--with-key ID] [--from ADDRESS]`. */
import { parseArgs } from 'node:util'
import type { Principal } from '@gatehouse/shared/principal'
import { visibleTo } from '../context/published-for.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { type CanonicalTarget, canonicalTarget } from '../http/canonical-path.ts'
import { parseApiKeyId } from '../identity/api-key.ts'
import { isOwnPath } from '../lane.ts'
import { methods } from '../policy/canonical-request.ts'
import { type Circumstances, explain } from '../policy/explain.ts'
import type { ApiKeyRecord } from '../store/api-keys.ts'
import type { Member } from '../store/store.ts'
import { principalOf } from '../tenant/resolve-principal.ts'
import { accountRule, addressRule, factorRule, keyAddressRule, keyRule, together } from './explain-rules.ts'
import { getNamedUser } from './named-user.ts'
import { badInput, commonOptions, writeJson } from './output.ts'
import { configuredTable } from './routes.ts'
import type { TenantIo } from './tenant-io.ts'

const options = {
  ...commonOptions,
  as: { type: 'string' },
  'with-key': { type: 'string' },
  from: { type: 'string' },
} as const

type Flags = ReturnType<typeof parseFlags>['values']

function parseFlags(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

/** Exit code; bad input is thrown. @throws bad_input */
export async function runExplainCommand(args: readonly string[], io: TenantIo): Promise<number> {
  const { values, positionals } = parseFlags(args)
  const [methodName = '', target = '', ...rest] = positionals
  const method = methods.find((known) => known === methodName.toUpperCase())
  if (method === undefined || target === '' || rest.length > 0)
    throw badInput('Say what to explain: gatehouse explain METHOD PATH --as NAME [--with-key ID] [--from ADDRESS].')
  const { segments, underApi, path, query } = readTarget(target)
  const { principal, circumstances } = await findCaller(io, values)
  const lines = isOwnPath({ segments, underApi })
    ? [`${method} ${path}`, 'own page or API: answered by Gatehouse itself, never by ComfyUI']
    : explain(
        configuredTable(values),
        principal,
        { method, segments, underApi, path, query, headers: {} },
        circumstances,
      )
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

interface Found {
  readonly principal: Principal | undefined
  readonly circumstances: Circumstances
}

async function findCaller(io: TenantIo, flags: Flags): Promise<Found> {
  const { as: name, from } = flags
  if (name === undefined) {
    if (flags['with-key'] !== undefined) throw badInput('Say whose key it is with --as NAME.')
    return { principal: undefined, circumstances: together([addressRule(io.config, from)], io.config) }
  }
  const member = await getNamedUser(io, name)
  const key = flags['with-key'] === undefined ? undefined : await findKey(io, flags['with-key'], member)
  const held = io.roles.permissionsOf(member.role)
  const principal = principalOf(identityOf(member, key), member, held)
  const published = await visibleTo(io.store.publishedWorkflows, principal)
  const rules = [
    ...(key === undefined ? [] : [keyRule(key, (io.now ?? Date.now)())]),
    accountRule(member, io.roles.has(member.role)),
    factorRule(io.config, member, key === undefined ? await io.store.secondFactors.list(member.id) : undefined),
    addressRule(io.config, from, member),
    ...(key?.addresses == null || from === undefined ? [] : [keyAddressRule(key.addresses, from)]),
  ]
  const names = published.map((one) => one.name)
  return { principal, circumstances: { ...together(rules, io.config), held, published: names } }
}

function identityOf(member: Member, key: ApiKeyRecord | undefined): Principal['identity'] {
  const base = { userId: member.id, provenAtMs: 0 }
  if (key === undefined) return { ...base, method: 'session', credentialId: '' }
  return {
    ...{ ...base, method: 'api-key', credentialId: key.id },
    ...(key.scopes === null ? {} : { scopes: new Set(key.scopes) }),
    ...(key.workflow === null ? {} : { workflow: key.workflow }),
  }
}

/** @throws bad_input */
async function findKey({ store }: TenantIo, id: string, member: Member): Promise<ApiKeyRecord> {
  const key = await store.apiKeys.find(parseApiKeyId(id))
  if (key?.userId === member.id) return key
  throw badInput(`${member.name} has no key with the id "${id.slice(0, 64)}". See them with: gatehouse token list`)
}
