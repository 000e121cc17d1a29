/** Which ComfyUI processes are there, and who is on which? The workers beside `comfyui.url`, and the placement. */
import { z } from 'zod'
import { roleName } from './auth/accounts-schema.ts'
import { areFoldersTogether, folderSettings, foldersTogether } from './folders-schema.ts'

/** The ComfyUI of `comfyui.url`: everybody's who is not placed elsewhere. */
export const defaultWorkerName = 'default'

export const httpUrl = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s]+\/?$/, 'write an address such as http://127.0.0.1:8188')
  .refine((text) => URL.canParse(text), 'its host or port is no host or port')

const worker = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'write a name of small letters, digits and hyphens')
      .refine((name) => name !== defaultWorkerName, 'default is the ComfyUI of comfyui.url; choose another name')
      .describe('what placement, jobs and logs call it; a renamed worker is another one'),
    url: httpUrl.describe('a further ComfyUI'),
    tls_ca_file: z.string().optional().describe('PEM file of the authority that signed its certificate'),
    guard_secret_file: z.string().optional().describe('file with the secret that its companion pack demands'),
    guard_secret_env: z.string().optional().describe('an environment variable that holds that secret'),
    ...folderSettings,
  })
  .refine(
    (one) => one.guard_secret_file === undefined || one.guard_secret_env === undefined,
    'name either guard_secret_file or guard_secret_env',
  )
  .refine(areFoldersTogether, foldersTogether)

const placed = z
  .strictObject({
    tenant: z.string().min(1).optional().describe('a tenant by name; beats every role'),
    role: roleName.optional().describe('every tenant whose people all hold it, or lead to the same worker'),
    worker: z.string().min(1).describe('default, or a name in workers'),
  })
  .refine((one) => (one.tenant === undefined) !== (one.role === undefined), 'name either tenant or role')

export const workersSchema = z.array(worker).default([]).describe('further ComfyUI processes')
export const placementSchema = z.array(placed).default([]).describe('who is on which worker')

interface PlacementConfig {
  readonly comfyuiUrl: URL
  readonly workers: readonly Readonly<{ name: string; url: string }>[]
  readonly placement: readonly Readonly<{ tenant?: string | undefined; role?: string | undefined; worker: string }>[]
  readonly tenancy: { readonly mode: 'separate' | 'shared' }
}

/** What no single entry can tell: each with its setting and its cure. */
export function placementProblems(config: PlacementConfig): readonly string[] {
  const { workers, placement, tenancy } = config
  const names = new Set([defaultWorkerName, ...workers.map(({ name }) => name)])
  const urls = [config.comfyuiUrl.origin, ...workers.map(({ url }) => new URL(url).origin)]
  const isRepeated = (all: readonly string[], index: number): boolean => all.indexOf(all[index] ?? '') !== index
  const pinned = placement.map(({ tenant, role }) => (tenant === undefined ? `role ${role}` : `tenant ${tenant}`))
  return [
    ...workers.flatMap(({ name }, index) => [
      ...(isRepeated(
        workers.map((one) => one.name),
        index,
      )
        ? [`workers.${index}.name: ${name} is named twice; give each worker a name of its own`]
        : []),
      ...(isRepeated(urls, index + 1)
        ? [`workers.${index}.url: another worker has this address; each worker is a ComfyUI of its own`]
        : []),
    ]),
    ...placement.flatMap(({ worker: name }, index) => [
      ...(names.has(name)
        ? []
        : [`placement.${index}.worker: no worker is called ${name}; add it to workers, or write default`]),
      ...(isRepeated(pinned, index)
        ? [`placement.${index}: ${pinned[index]} is placed twice; keep one of the entries`]
        : []),
    ]),
    ...(placement.length > 0 && tenancy.mode === 'shared'
      ? ['placement: tenancy.mode shared knows one tenant only; set comfyui.url to its ComfyUI, or mode separate']
      : []),
  ]
}

/** Workers that the placement never names: allowed, and worth a sentence. */
export function idleWorkers({ workers, placement }: Pick<PlacementConfig, 'workers' | 'placement'>): readonly string[] {
  const used = new Set(placement.map(({ worker: name }) => name))
  return workers.map(({ name }) => name).filter((name) => !used.has(name))
}
