/** Whose are the files that were there before Gatehouse? `gatehouse tenant claim NAME` gives them to that user's tenant. */
import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultWorkerName } from '../config/workers-schema.ts'
import { type ClaimPlan, claimFolder } from '../files/claim-folder.ts'
import type { Member } from '../store/store.ts'
import { getNamedUser, onlyName } from './named-user.ts'
import { badInput, commonOptions, writeJson } from './output.ts'
import type { TenantIo } from './tenant-io.ts'

const options = {
  ...commonOptions,
  inputs: { type: 'boolean', default: false },
  outputs: { type: 'boolean', default: false },
  userdata: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const

/** What of one folder found an owner. */
interface Claim extends ClaimPlan {
  readonly what: 'inputs' | 'outputs' | 'userdata'
}

/** ComfyUI's own file of settings and style, which are a person's and not the tenant's. */
const personal = ['comfy.settings.json', 'user.css'] as const

/** Exit code. @throws bad_input */
export async function claimCommand(args: readonly string[], io: TenantIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const member = await getNamedUser(io, onlyName(positionals, 'user who gets the files'))
  const isDryRun = values['dry-run']
  if (!values.inputs && !values.outputs && values.userdata === undefined) {
    throw badInput('Say what to claim: --inputs, --outputs, --userdata FOLDER (e.g. ComfyUI/user/default), or several.')
  }
  if (io.config.tenancy.mode === 'shared') {
    throw badInput('In tenancy.mode shared everybody is in one world: nobody has files of their own to claim them for.')
  }
  const claims: Claim[] = []
  if (values.inputs) claims.push(await claimRoot(io, member, 'inputs', isDryRun))
  if (values.outputs) claims.push(await claimRoot(io, member, 'outputs', isDryRun))
  if (values.userdata !== undefined) claims.push(await claimUserdata(io, member, resolve(values.userdata), isDryRun))
  if (!isDryRun) await note(io, member, claims)
  if (values.json) writeJson(io, { user: member.name, tenant: member.tenant.label, dryRun: isDryRun, claims })
  else for (const claim of claims) tell(io, member, claim, isDryRun)
  return 0
}

async function claimRoot(
  io: TenantIo,
  { tenant }: Member,
  what: 'inputs' | 'outputs',
  isDryRun: boolean,
): Promise<Claim> {
  const { input_dir: inputs, output_dir: outputs } = io.config.files
  const folder = what === 'inputs' ? inputs : outputs
  if (folder === undefined) {
    throw badInput(
      'Name files.input_dir and files.output_dir in the configuration: the folders of ComfyUI on this machine.',
    )
  }
  await requireFolder(folder)
  const plan = await claimFolder({ from: folder, to: join(folder, tenant.folderKey), how: 'move', isDryRun })
  const root = what === 'inputs' ? 'input' : 'output'
  if (!isDryRun) {
    const files = plan.claimed.map((path) => ({ root, ...split(path) }) as const)
    await io.filesOn(defaultWorkerName).record(tenant.id, files, Date.now())
  }
  return { what, ...plan }
}

/** Copied, so that a plain ComfyUI finds its own again. */
async function claimUserdata(io: TenantIo, member: Member, from: string, isDryRun: boolean): Promise<Claim> {
  await requireFolder(from)
  const folder = join(io.config.dataDir, 'tenants', member.tenant.folderKey)
  const only = (path: string): boolean => !personal.some((name) => name === path)
  const plan = await claimFolder({ from, to: join(folder, 'userdata'), how: 'copy', isDryRun, only })
  const own = await claimSettings(from, { to: join(folder, 'settings'), userId: member.id, isDryRun })
  return { what: 'userdata', claimed: [...plan.claimed, ...own.claimed], left: [...plan.left, ...own.left] }
}

/** A person's settings lie under their id, beside those of others of the tenant. */
async function claimSettings(
  from: string,
  { to, userId, isDryRun }: { readonly to: string; readonly userId: string; readonly isDryRun: boolean },
): Promise<ClaimPlan> {
  const names = { 'comfy.settings.json': `${userId}.json`, 'user.css': `${userId}.css` } as const
  const claimed: string[] = []
  const left: { path: string; why: string }[] = []
  for (const path of personal) {
    if (!existsSync(join(from, path))) continue
    const target = join(to, names[path])
    if (existsSync(target)) left.push({ path, why: 'the owner has their own' })
    else claimed.push(path)
    if (existsSync(target) || isDryRun) continue
    await mkdir(to, { recursive: true, mode: 0o700 })
    await copyFile(join(from, path), target, constants.COPYFILE_EXCL)
  }
  return { claimed, left }
}

function split(path: string): { readonly subfolder: string; readonly filename: string } {
  const slash = path.lastIndexOf('/')
  return { subfolder: slash === -1 ? '' : path.slice(0, slash), filename: path.slice(slash + 1) }
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() !== true) throw badInput(`${folder} is no folder that can be read. Check the path.`)
}

async function note(io: TenantIo, member: Member, claims: readonly Claim[]): Promise<void> {
  for (const { what, claimed } of claims) {
    await io.audit({ kind: 'data.claimed', target: member.name, detail: { what, files: claimed.length } })
  }
}

function tell({ stdout }: TenantIo, { name, tenant }: Member, { what, claimed, left }: Claim, isDryRun: boolean): void {
  const verb = isDryRun ? 'would get' : 'got'
  stdout.write(`${name} (tenant ${tenant.label}) ${verb} ${claimed.length} of the ${what}.\n`)
  if (isDryRun) for (const path of claimed) stdout.write(`  ${path}\n`)
  for (const { path, why } of left) stdout.write(`  left: ${path}: ${why}\n`)
}
