/** How much do all tenants keep, when some disks cannot be asked? What is known, and for each of them what is not and why. */
import type { AllUsage, DiskUsage, MeasuredUsage, UnmeasuredUsage } from '@gatehouse/shared/files-contract'
import { GatehouseError } from '../gatehouse-error.ts'
import type { OwnStorage } from './own-storage.ts'

const places = ['input', 'output', 'temp'] as const
type Place = (typeof places)[number]

/** Everything else that goes wrong is no fact about one tenant's disk. */
const aboutOneDisk: ReadonlySet<string> = new Set([
  'files_unmanaged',
  'files_unreadable',
  'comfyui_down',
  'comfyui_unproven',
  'tenant_split',
])

interface UsageSources<T> {
  readonly storageOf: (tenant: T) => Promise<OwnStorage>
  /** For the log: every way in which the disk of a worker failed, once. */
  readonly failed: (error: GatehouseError) => void
}

/** One tenant after the other: nobody waits for it, and ComfyUI's disk has other readers. @throws files_unmanaged when no disk can be reached at all */
export async function measureUsage<T extends { readonly label: string }>(
  tenants: readonly T[],
  { storageOf, failed }: UsageSources<T>,
): Promise<AllUsage> {
  const usage: MeasuredUsage[] = []
  const failures: Failures = new Map()
  for (const tenant of tenants) {
    const storage = await reached(() => storageOf(tenant))
    const ask = (place: Place): Promise<Measured> => measure(storage, place, failures)
    const [input, output, temp] = await Promise.all([ask('input'), ask('output'), ask('temp')])
    usage.push(asUsage(tenant.label, { input, output, temp }))
  }
  for (const error of failures.values()) failed(error)
  if (usage.length > 0 && usage.every(isUnmanaged)) throw new GatehouseError('files_unmanaged')
  return usage
}

/** By worker and code. */
type Failures = Map<string, GatehouseError>
type Measured = DiskUsage | undefined | GatehouseError

async function measure(storage: OwnStorage | GatehouseError, place: Place, failures: Failures): Promise<Measured> {
  if (storage instanceof GatehouseError) return storage
  const { worker } = storage
  // A ComfyUI that hangs would take its time again for every tenant on it.
  const before = failures.get(`${worker} comfyui_down`)
  if (before !== undefined) return before
  const found = await reached(() => (place === 'temp' ? storage.previewUsage() : storage.usageOf(place)))
  if (found instanceof GatehouseError) failures.set(`${worker} ${found.code}`, found)
  return found
}

async function reached<T>(ask: () => Promise<T>): Promise<T | GatehouseError> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof GatehouseError && aboutOneDisk.has(error.code)) return error
    throw error
  }
}

function asUsage(tenant: string, measured: Readonly<Record<Place, Measured>>): MeasuredUsage {
  const unmeasured = places.flatMap((what): readonly UnmeasuredUsage[] => {
    const found = measured[what]
    return found instanceof GatehouseError ? [{ what, type: found.code, message: sentenceOf(found) }] : []
  })
  const { input, output, temp } = measured
  return { tenant, input: known(input), output: known(output), temp: known(temp), unmeasured }
}

function known(found: Measured): DiskUsage | null {
  return found === undefined || found instanceof GatehouseError ? null : { files: found.files, bytes: found.bytes }
}

/** Never the detail or the cause, which may hold a path of the host. */
function sentenceOf({ code, message }: GatehouseError): string {
  return code === 'tenant_split' ? 'Its people are placed on different ComfyUI workers, so it is on none.' : message
}

function isUnmanaged({ unmeasured }: MeasuredUsage): boolean {
  return unmeasured.length === places.length && unmeasured.every(({ type }) => type === 'files_unmanaged')
}
