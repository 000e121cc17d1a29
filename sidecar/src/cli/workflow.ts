/** How does an operator look after published workflows? `gatehouse workflow publish | list | withdraw`. */
import type { TenantId } from '@gatehouse/shared/ids'
import { publishedName } from '../context/published-for.ts'
import type { PublishedWorkflow } from '../store/published-workflows.ts'
import { onlyName } from './named-user.ts'
import { badInput, type CommandIo, timeText, writeJson, writeTable } from './output.ts'
import { publishWorkflow } from './publish-workflow.ts'
import type { TenantIo } from './tenant-io.ts'
import { parseWorkflowArgs, type WorkflowFlags } from './workflow-flags.ts'

/** Exit code; bad input is thrown. @throws bad_input */
export async function runWorkflowCommand(args: readonly string[], io: TenantIo): Promise<number> {
  const { values, positionals } = parseWorkflowArgs(args)
  const [action = '', ...rest] = positionals
  switch (action) {
    case 'publish':
      await publishWorkflow(io, onlyName(rest, 'workflow'), values)
      return 0
    case 'list':
      await listWorkflows(io, values)
      return 0
    case 'withdraw':
      await withdraw(io, onlyName(rest, 'workflow'), values)
      return 0
    default:
      throw badInput(`There is no "workflow ${action}". Use workflow publish, list or withdraw.`)
  }
}

async function listWorkflows(io: CommandIo, { json }: WorkflowFlags): Promise<void> {
  const placeOf = await places(io)
  const people = new Map((await io.store.users.list()).map(({ id, name }) => [id, name]))
  const summaries = (await io.store.publishedWorkflows.list()).map((one) => ({
    name: one.name,
    for: placeOf(one),
    open: one.open,
    publisher: people.get(one.publisherId) ?? null,
    publishedAt: timeText(one.createdAtMs),
  }))
  if (json) return writeJson(io, summaries)
  const rows = summaries.map((one) => [
    one.name,
    one.for,
    one.open.map(({ node, input }) => `${node}.${input}`).join(' ') || '-',
    one.publisher ?? '-',
    one.publishedAt,
  ])
  writeTable(io, ['NAME', 'FOR', 'OPEN INPUTS', 'PUBLISHED BY', 'PUBLISHED'], rows)
}

/** The label of its tenant, or `everybody`; the common world of tenancy.mode shared has its id alone. */
async function places({ store }: CommandIo): Promise<(one: PublishedWorkflow) => string> {
  const labels = new Map<TenantId, string>((await store.tenants.list()).map(({ id, label }) => [id, label]))
  return ({ tenantId }) => (tenantId === undefined ? 'everybody' : (labels.get(tenantId) ?? tenantId))
}

async function withdraw(io: CommandIo, text: string, flags: WorkflowFlags): Promise<void> {
  const { everybody, tenant, json } = flags
  if (everybody && tenant !== undefined) throw badInput('Say --tenant or --everybody, not both.')
  const name = publishedName(text)
  const placeOf = await places(io)
  const isMeant = (one: PublishedWorkflow): boolean =>
    one.name === name && (everybody ? one.tenantId === undefined : isIn(one, tenant, placeOf))
  const [found, ...others] = (await io.store.publishedWorkflows.list()).filter(isMeant)
  if (found === undefined)
    throw badInput(
      `There is no published workflow "${name.slice(0, 200)}" there. See them with: gatehouse workflow list`,
    )
  if (others.length > 0) {
    const all = [found, ...others].map(placeOf).join(', ')
    throw badInput(`It is published more than once: for ${all}. Say which with --tenant NAME or --everybody.`)
  }
  await io.store.publishedWorkflows.remove(found)
  const place = placeOf(found)
  await io.audit({ kind: 'workflow.withdrawn', target: name, detail: { for: place } })
  if (json) writeJson(io, { withdrawn: name, for: place })
  else io.stdout.write(`Took back "${name}", which was for ${place}. What is queued already goes on.\n`)
}

/** Without `--tenant` wherever it is. */
function isIn(
  one: PublishedWorkflow,
  tenant: string | undefined,
  placeOf: (one: PublishedWorkflow) => string,
): boolean {
  return tenant === undefined || (one.tenantId !== undefined && placeOf(one) === tenant)
}
