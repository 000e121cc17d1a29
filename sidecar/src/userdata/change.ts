/** How does a person change their own files? Save, remove and move, each all or nothing. */
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Permission } from '@gatehouse/shared/roles'
import { GatehouseError } from '../gatehouse-error.ts'
import { type Answer, empty, json } from '../policy/answer.ts'
import type { CanonicalRequest, RequestBody } from '../policy/canonical-request.ts'
import { fileInfo } from './file-info.ts'
import { findPlace, makeParents } from './find-place.ts'
import { inTurn } from './in-turn.ts'
import type { UserdataLimits } from './limits.ts'
import type { Place, Places } from './places.ts'
import { fileExists, invalidName, mayNotOverwrite, Refusal } from './refusal.ts'
import { requireSettings } from './settings-file.ts'
import { flushFolder, type Incoming, receive } from './write-file.ts'

export interface ChangeContext {
  readonly places: Places
  readonly limits: UserdataLimits
  readonly clock: () => number
  /** What the role may, beside what the row of the request needs. */
  readonly may: (permission: Permission) => boolean
}

/** POST /userdata/{file} (post_userdata 0.33.0). @throws body_too_large, storage_full */
export async function save(
  context: ChangeContext,
  place: Place,
  request: CanonicalRequest,
  body: RequestBody,
): Promise<Answer> {
  if (place.segments.length === 0) return invalidName()
  requireKind(context, place)
  await refuseExisting(context.places, place, request)
  await refuseOverwriting(context, place)
  await using received = await receiveBody(context, place, request, body)
  // Awaited here: leaving the block removes what was received.
  return await inTurn(context.places.root, async () => {
    // Somebody else of the tenant may have saved the same name while the body came in.
    await refuseExisting(context.places, place, request)
    await refuseOverwriting(context, place)
    await makeParents(context.places, place)
    await received.moveTo(place.path)
    return placeAnswer(context.places, place, request)
  })
}

async function receiveBody(
  { places, limits, clock }: ChangeContext,
  place: Place,
  request: CanonicalRequest,
  body: RequestBody,
): Promise<Incoming> {
  if (place.kind !== 'settings') {
    if ((request.headers.contentLength ?? 0) > limits.fileBytes) throw new GatehouseError('body_too_large')
    // A refusal in the middle has yet to be written to the connection that the body comes from.
    const chunks = body.stream().iterator({ destroyOnReturn: false })
    return receive(places.incoming, chunks, limits.fileBytes, clock())
  }
  const bytes = await body.bytes(limits.settingsBytes)
  requireSettings(bytes)
  return receive(places.incoming, [bytes], limits.settingsBytes, clock())
}

/** DELETE /userdata/{file} (delete_userdata 0.33.0, which answers 500 to a folder). */
export async function remove(context: ChangeContext, place: Place): Promise<Answer> {
  const { places } = context
  requireKind(context, place)
  return inTurn(places.root, async () => {
    const found = await findPlace(places, place)
    if (place.segments.length === 0) return invalidName('it is a folder')
    if (found === undefined) return empty(404)
    if (found.kind === 'directory') return invalidName('it is a folder')
    await unlink(place.path)
    await flushFolder(dirname(place.path))
    return empty(204)
  })
}

/** POST /userdata/{file}/move/{dest} (move_userdata 0.33.0, which moves like `shutil.move`: into an existing folder). */
export async function move(context: ChangeContext, from: Place, to: Place, request: CanonicalRequest): Promise<Answer> {
  const { places } = context
  requireKind(context, from)
  return inTurn(places.root, async () => {
    const source = await findPlace(places, from)
    if (from.segments.length === 0) return invalidName('it is the root folder')
    if (source === undefined) return empty(404)
    await refuseExisting(places, to, request)
    const target = await moveTarget(places, from, to)
    requireKind(context, target)
    if (target.path !== from.path) await refuseOverwriting(context, target)
    if (source.kind === 'directory' && isSameOrBelow(target, from)) return invalidName('a folder cannot hold itself')
    if (target.kind !== 'shared') await requireFitting(context, from, target, source.kind)
    await makeParents(places, target)
    await rename(from.path, target.path)
    await flushFolder(dirname(target.path))
    await flushFolder(dirname(from.path))
    return placeAnswer(places, to, request)
  })
}

async function moveTarget(places: Places, from: Place, to: Place): Promise<Place> {
  const there = await findPlace(places, to)
  const isOntoItself = there !== undefined && to.segments.join('/') === from.segments.join('/')
  const isIntoFolder = to.segments.length === 0 || (there?.kind === 'directory' && !isOntoItself)
  if (!isIntoFolder) return to
  const inside = places.at([...to.segments, basename(from.segments.at(-1) ?? '')])
  if ((await findPlace(places, inside)) !== undefined) throw new Refusal(fileExists)
  return inside
}

/** What becomes somebody's settings must be settings. */
async function requireFitting(
  { limits }: ChangeContext,
  from: Place,
  target: Place,
  kind: 'file' | 'directory',
): Promise<void> {
  if (kind === 'directory') throw new Refusal(invalidName('it names a file of its own kind'))
  if (target.kind !== 'settings') return
  await using handle = await open(from.path, 'r')
  const { size } = await handle.stat()
  if (size > limits.settingsBytes) throw new Refusal(invalidName('it is too large for settings'))
  requireSettings(await handle.readFile())
}

function isSameOrBelow(place: Place, folder: Place): boolean {
  const isBelow = folder.segments.every((segment, index) => place.segments[index] === segment)
  return isBelow && place.segments.length > folder.segments.length
}

async function refuseExisting(places: Places, place: Place, request: CanonicalRequest): Promise<void> {
  if (request.query.get('overwrite') !== 'false') return
  const isThere = place.segments.length === 0 || (await findPlace(places, place)) !== undefined
  if (isThere) throw new Refusal(fileExists)
}

/** Workflows that are there already may be kept from being changed (roles without `workflow:overwrite`). @throws Refusal */
async function refuseOverwriting({ places, may }: ChangeContext, place: Place): Promise<void> {
  if (place.kind !== 'shared' || may('workflow:overwrite')) return
  if ((await findPlace(places, place)) === undefined) return
  throw new Refusal(mayNotOverwrite)
}

/** The settings are a file as well, which `/settings` guards by its own permission. @throws forbidden */
function requireKind({ may }: ChangeContext, { kind }: Place): void {
  if (kind !== 'shared' && !may('settings:write')) throw new GatehouseError('forbidden')
}

async function placeAnswer(places: Places, place: Place, request: CanonicalRequest): Promise<Answer> {
  const name = join(...(place.segments.length === 0 ? ['.'] : place.segments)).replaceAll('\\', '/')
  const isFull = (request.query.get('full_info') ?? '').toLowerCase() === 'true'
  const found = isFull ? await findPlace(places, place) : undefined
  return json(found === undefined ? name : fileInfo(name, found.stats))
}
