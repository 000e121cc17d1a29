/** Which node classes does the connected ComfyUI have, who may run them, and why? `gatehouse nodes`. */
import { parseArgs } from 'node:util'
import { createRoleTable, type RoleName, type RoleTable } from '@gatehouse/shared/roles'
import { createObjectInfo } from '../comfyui/object-info.ts'
import { type Config, loadConfig } from '../config/config.ts'
import { type Environment, readEnvironment } from '../config/env.ts'
import { defaultWorkerName } from '../config/workers-schema.ts'
import { readGuardSecret, readTlsCa, readWorkers, type WorkerAccess } from '../context/read-secrets.ts'
import { roleRulesOf } from '../context/role-rules.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import type { ObjectInfo } from '../policy/world.ts'
import { parseNodeDecisions } from '../prompt/catalogue/admissions.ts'
import { fetchUpstream } from '../proxy/fetch-upstream.ts'
import { createUpstream } from '../proxy/upstream.ts'
import { type ListedClass, listNodes } from './list-nodes.ts'
import { readWorkerName } from './named-worker.ts'
import { badInput, commonOptions, writeJson, writeTable } from './output.ts'

/** Exit code. @throws bad_input, ConfigError */
export async function nodesCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...commonOptions, role: { type: 'string' }, comfyui: { type: 'string' }, worker: { type: 'string' } },
  })
  if (values.comfyui !== undefined && values.worker !== undefined)
    throw badInput('--comfyui and --worker both say which ComfyUI is meant. Name one of them.')
  const environment = readEnvironment()
  const config = loadConfig(environment, { config: values.config, data: values.data, comfyui: values.comfyui })
  const table = createRoleTable(config.roles)
  const roles = values.role === undefined ? runningRoles(table) : [readRole(values.role, table)]
  const target = targetOf(config, environment, readWorkerName(config, values.worker ?? defaultWorkerName))
  const classes = listNodes(await askComfyui(target, environment), parseNodeDecisions(config.nodes), roles, {
    table,
    rulesOf: (role) => roleRulesOf(config, role),
  })
  const io = { stdout: process.stdout }
  if (values.json) writeJson(io, classes)
  else tell(classes, roles)
  return 0
}

/** Roles that may queue prompts; the others run no node at all. */
function runningRoles(table: RoleTable): readonly RoleName[] {
  return table.names.filter((name) => table.permissionsOf(name).has('prompt:run'))
}

function readRole(name: string, table: RoleTable): RoleName {
  const running = runningRoles(table)
  const role = running.find((known) => known === name)
  if (role !== undefined) return role
  throw badInput(
    table.names.some((known) => known === name)
      ? `The role ${name} may not queue prompts, so it runs no node. Name one of ${running.join(', ')}.`
      : `There is no role "${name}". Name one of ${running.join(', ')}.`,
  )
}

interface Target extends WorkerAccess {
  readonly url: URL
  /** What to set where the secret is missing, and how else to name the address. */
  readonly secretSetting: string
  readonly urlSetting: string
}

function targetOf(config: Config, environment: Environment, worker: string): Target {
  const index = config.workers.findIndex(({ name }) => name === worker)
  const further = config.workers[index]
  if (further === undefined)
    return {
      url: config.comfyuiUrl,
      guardSecret: readGuardSecret(config, environment),
      tlsCa: readTlsCa(config),
      secretSetting: 'comfyui.guard_secret_file, or GATEHOUSE_GUARD_SECRET',
      urlSetting: '--comfyui',
    }
  const access = readWorkers(config, environment)[index]
  return {
    url: new URL(further.url),
    guardSecret: access?.guardSecret,
    tlsCa: access?.tlsCa,
    secretSetting: `workers.${index}.guard_secret_file`,
    urlSetting: `workers.${index}.url`,
  }
}

async function askComfyui(target: Target, environment: Environment): Promise<ObjectInfo> {
  const { url, guardSecret, tlsCa } = target
  const mustProve = !environment.dangerouslyUnguarded
  const upstream = createUpstream({ name: 'nodes', url, guardSecret, mustProve, tlsCa })
  try {
    const objectInfo = createObjectInfo({
      fetchUpstream: (path, options) => fetchUpstream(upstream, path, options),
      clock: Date.now,
    })
    return await objectInfo.current()
  } catch (error) {
    throw error instanceof GatehouseError ? badInput(unreachable(target, error)) : error
  } finally {
    await upstream.close()
  }
}

function unreachable({ url, secretSetting, urlSetting }: Target, error: GatehouseError): string {
  if (error.detail?.includes('answered 401') === true)
    return `ComfyUI at ${url.origin} is guarded and this command has not its secret. Set ${secretSetting}.`
  if (error.code === 'comfyui_unproven')
    return `What answers at ${url.origin} did not prove to be the guarded ComfyUI. Check its address and ${secretSetting}.`
  return `ComfyUI at ${url.origin} does not answer with its node classes. Start it, or name its address with ${urlSetting}.`
}

function tell(classes: readonly ListedClass[], roles: readonly RoleName[]): void {
  const io = { stdout: process.stdout }
  const rows = classes.flatMap(({ class: name, from, verdicts }) =>
    verdicts.map((verdict) => [
      name,
      from,
      verdict.runs ? 'runs' : 'refused',
      verdict.roles.length === roles.length ? 'all' : verdict.roles.join(','),
      verdict.says,
    ]),
  )
  writeTable(io, ['CLASS', 'FROM', 'VERDICT', 'ROLES', 'BECAUSE'], rows)
  for (const { class: name, unclassified } of classes)
    for (const input of unclassified)
      io.stdout.write(`${name}.${input}: nobody classified this input; prompts that use it are refused.\n`)
  for (const role of roles) {
    const running = classes.filter(({ verdicts }) => verdicts.some((one) => one.runs && one.roles.includes(role)))
    io.stdout.write(`${role}: ${running.length} of ${classes.length} classes run.\n`)
  }
}
