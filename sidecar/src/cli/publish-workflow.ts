/** How is a workflow published from a file? The running sidecar judges it as if its publisher had asked over the API. */
import { readFileSync } from 'node:fs'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import type { Permission } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { mintApiKey } from '../identity/api-key.ts'
import type { Member } from '../store/store.ts'
import { arrayOr, isArray, isObject, objectOr } from '../transform/json-shape.ts'
import { parseJson, stringifyJson } from '../transform/lossless-json.ts'
import { getNamedUser } from './named-user.ts'
import { badInput, writeJson } from './output.ts'
import { expectSidecar, sidecarAddress } from './running-sidecar.ts'
import type { TenantIo } from './tenant-io.ts'
import type { WorkflowFlags } from './workflow-flags.ts'

/** The key is for one request. */
const keyLifeMs = 60_000
/** ComfyUI may have to list its classes first. */
const patienceMs = 30_000

/** @throws bad_input with what the sidecar says */
export async function publishWorkflow(io: TenantIo, name: string, flags: WorkflowFlags): Promise<void> {
  const wish = readWish(name, flags)
  if (flags.as === undefined)
    throw badInput('Say in whose name with --as NAME: it is judged as theirs, in their tenant.')
  const member = await getNamedUser(io, flags.as)
  const needed: readonly Permission[] = [
    ...(['workflow:publish', 'graph:edit'] as const),
    ...(flags.everybody ? (['admin:workflows'] as const) : []),
  ]
  const lacking = needed.find((permission) => !io.roles.permissionsOf(member.role).has(permission))
  if (lacking !== undefined)
    throw badInput(`${member.name} (${member.role}) lacks ${lacking}. Publish as somebody who has it.`)
  const address = sidecarAddress(io.config, flags.url)
  await expectSidecar(address)
  const made = await withKey(io, { member, scopes: needed }, (key) => send(address, key, wish))
  if (flags.json) return writeJson(io, made)
  const open = arrayOr(made.open).map((one) => `${String(objectOr(one).node)}.${String(objectOr(one).input)}`)
  const place = flags.everybody ? 'everybody' : `everybody in ${member.tenant.label}`
  const what = open.length === 0 ? 'No input stays open.' : `Open: ${open.join(', ')}.`
  io.stdout.write(`Published "${String(made.name)}" for ${place}. ${what}\n`)
}

function readWish(name: string, { file, page, open, closed, everybody }: WorkflowFlags): JsonObject {
  if (file === undefined) throw badInput('Name the file with --file: the workflow in the API format.')
  if (closed && open !== undefined) throw badInput('Say --open or --closed, not both.')
  const prompt = readObject(file)
  if (isArray(prompt.nodes))
    throw badInput(
      `${file} is a workflow as the page saves it. Export it in the API format, and name this one as --page.`,
    )
  return {
    ...{ name, everybody, prompt },
    ...(page === undefined ? {} : { workflow: readObject(page) }),
    ...(closed ? { open: [] } : open === undefined ? {} : { open: open.map(readOpen) }),
  }
}

/** Names of inputs may hold dots, ids of nodes do not. @throws bad_input */
function readOpen(text: string): JsonObject {
  const dot = text.indexOf('.')
  if (dot < 1 || dot === text.length - 1) throw badInput('Write --open as NODE.INPUT, for example --open 6.text.')
  return { node: text.slice(0, dot), input: text.slice(dot + 1) }
}

/** @throws bad_input */
function readObject(path: string): JsonObject {
  const value = parseFile(path, readFile(path))
  if (isObject(value)) return value
  throw badInput(`${path} holds no workflow: it is no JSON object.`)
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw badInput(`${path} cannot be read. Check the path and its permissions.`)
  }
}

function parseFile(path: string, text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    throw badInput(`${path} is not JSON that can be read. Export the workflow again.`)
  }
}

/** Limited to this, and gone afterwards, whatever happened. */
async function withKey<T>(
  io: TenantIo,
  { member, scopes }: { readonly member: Member; readonly scopes: readonly Permission[] },
  use: (key: string) => Promise<T>,
): Promise<T> {
  const { id, key, secretHash } = mintApiKey()
  const label = 'gatehouse workflow publish'
  const expiresAtMs = (io.now ?? Date.now)() + keyLifeMs
  await io.store.apiKeys.add({ id, userId: member.id, label, secretHash, expiresAtMs, scopes })
  try {
    await io.audit({ kind: 'key.created', target: id, detail: { of: member.name, label } })
    return await use(key)
  } finally {
    await io.store.apiKeys.revoke(id)
  }
}

async function send(address: string, key: string, wish: JsonObject): Promise<JsonObject> {
  const answer = await fetch(`${address}/gatehouse/api/v1/workflows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: stringifyJson(wish),
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  })
  const told = readAnswer(await answer.text())
  if (answer.status === 201) return told
  const { message } = objectOr(told.error)
  const why = typeof message === 'string' ? message : `Not Gatehouse, but something else answers at ${address}.`
  if (answer.status >= 400 && answer.status < 500) throw badInput(why)
  throw new GatehouseError('comfyui_down', { message: why })
}

/** Empty for a page of something that stands before it. */
function readAnswer(text: string): JsonObject {
  try {
    return objectOr(parseJson(text))
  } catch (error) {
    if (error instanceof GatehouseError) return {}
    throw error
  }
}
