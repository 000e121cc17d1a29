/** How much does each tenant keep on ComfyUI's disk? `gatehouse tenant usage`; `tenant claim` and `tenant name` are beside it. */
import { parseArgs } from 'node:util'
import type { DiskUsage } from '@gatehouse/shared/files-contract'
import { readEnvironment } from '../config/env.ts'
import { createLiveConfig } from '../config/live-config.ts'
import { createDiskFinder } from '../context/build-storage.ts'
import { createUpstreams } from '../context/worker-upstreams.ts'
import { createOwnStorage } from '../files/own-storage.ts'
import { GatehouseError } from '../gatehouse-error.ts'
import { measureUsage } from '../policy/measure-usage.ts'
import type { OwnStorage } from '../policy/own-storage.ts'
import type { TenantRecord } from '../store/store.ts'
import { createPlacement } from '../tenant/place-tenants.ts'
import { claimCommand } from './claim.ts'
import { nameTenant } from './name-tenant.ts'
import { badInput, commonOptions, writeJson, writeTable } from './output.ts'
import type { TenantIo } from './tenant-io.ts'

const exitUnmeasured = 1

/** Exit code, 1 when something could not be measured. @throws bad_input, files_unmanaged */
export async function runTenantCommand(args: readonly string[], io: TenantIo): Promise<number> {
  if (args[0] === 'claim') return claimCommand(args.slice(1), io)
  if (args[0] === 'name') return nameTenant(args.slice(1), io)
  const { values, positionals } = parseArgs({ args: [...args], options: commonOptions, allowPositionals: true })
  const [action = '', ...rest] = positionals
  if (action !== 'usage' || rest.length > 0)
    throw badInput(`There is no "tenant ${positionals.join(' ')}". Use tenant usage, name or claim.`)
  const tenants = await io.store.tenants.list()
  const usage = await withStorage(io, (storageOf) =>
    measureUsage(tenants, { storageOf, failed: () => undefined }),
  ).catch(withCure)
  const code = usage.every(({ unmeasured }) => unmeasured.length === 0) ? 0 : exitUnmeasured
  if (values.json) {
    writeJson(io, usage)
    return code
  }
  const rows = usage.map(({ tenant, input, output, temp }) => [
    tenant,
    ...cells(input),
    ...cells(output),
    ...cells(temp),
  ])
  writeTable(io, ['TENANT', 'INPUTS', 'BYTES', 'OUTPUTS', 'BYTES', 'PREVIEWS', 'BYTES'], rows)
  for (const { tenant, unmeasured } of usage)
    for (const { what, message } of unmeasured)
      io.stdout.write(`${tenant}: ${what} could not be measured. ${message}\n`)
  return code
}

type StorageOf = (tenant: TenantRecord) => Promise<OwnStorage>

/** The secret of a pack that this program did not start is in the sidecar's memory alone. */
async function withStorage<T>(io: TenantIo, use: (storageOf: StorageOf) => Promise<T>): Promise<T> {
  const { config, store } = io
  const live = createLiveConfig(config)
  const upstreams = createUpstreams({ config, environment: readEnvironment(), guardSecret: undefined })
  const disks = new Map(upstreams.map((upstream) => [upstream.name, createDiskFinder({ live, upstream })]))
  const feed = { subscribe: () => () => undefined }
  const placement = createPlacement({ tenants: store.tenants, feed, entries: config.placement })
  try {
    return await use(async (tenant) => {
      const worker = await placement.workerOf(tenant.id)
      const findDisk = disks.get(worker)
      if (findDisk === undefined) throw new GatehouseError('files_unmanaged')
      return createOwnStorage({ worker, findDisk, files: io.filesOn(worker) }, tenant)
    })
  } finally {
    await Promise.all(upstreams.map((upstream) => upstream.close()))
  }
}

function withCure(error: unknown): never {
  if (!(error instanceof GatehouseError) || error.code !== 'files_unmanaged') throw error
  throw new GatehouseError('files_unmanaged', {
    message:
      "This command cannot reach ComfyUI's files. Name files.input_dir and files.output_dir in the configuration, or ask the running sidecar as an administrator: GET /gatehouse/api/v1/admin/usage.",
  })
}

function cells(usage: DiskUsage | null): readonly [string, string] {
  return usage === null ? ['-', '-'] : [String(usage.files), String(usage.bytes)]
}
