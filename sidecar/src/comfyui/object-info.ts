/** Which node classes does ComfyUI have? `/object_info`, parsed once, with a cheap look whether models or packs changed. */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { JsonObject } from '@gatehouse/shared/json'
import { GatehouseError } from '../gatehouse-error.ts'
import type { ObjectInfo } from '../policy/world.ts'
import { parseUpstreamJson } from '../transform/lossless-json.ts'
import type { FetchUpstream } from './fetch-upstream.ts'
import { createFingerprint } from './fingerprint.ts'
import { hashTag } from './representation.ts'
import { createSingleFlight } from './single-flight.ts'
import { splitMembers } from './split-members.ts'

export interface ObjectInfoSnapshot extends ObjectInfo {
  /** Valid JSON of every class. */
  readonly fragments: ReadonlyMap<string, string>
}

export interface ObjectInfoCache {
  /** What ComfyUI has now, or had at most `fingerprintMs` ago. @throws comfyui_down */
  current(): Promise<ObjectInfoSnapshot>
  /** Forgets everything: ComfyUI is a new process. */
  invalidate(): void
}

export interface ObjectInfoOptions {
  readonly fetchUpstream: FetchUpstream
  readonly clock: () => number
  /** How long nobody looks again whether models or packs changed. */
  readonly fingerprintMs?: number
  /** How old the whole may grow before it is fetched again in the background, for changes no fingerprint shows. */
  readonly revalidateMs?: number
}

interface Loaded {
  readonly snapshot: ObjectInfoSnapshot
  readonly sources: ReadonlyMap<string, string>
  readonly fingerprint: string
  readonly loadedAtMs: number
  checkedAtMs: number
}

// Parsing 1.6 MB at once would stop every other request for 15 ms.
const parseSliceCharacters = 200_000

export function createObjectInfo(options: ObjectInfoOptions): ObjectInfoCache {
  const { fetchUpstream, clock, fingerprintMs = 2000, revalidateMs = 180_000 } = options
  const fingerprint = createFingerprint(fetchUpstream)
  const flights = createSingleFlight<Loaded>()
  let generation = 0
  let loaded: Loaded | undefined

  const load = (print: string): Promise<Loaded> => {
    const own = generation
    return flights.run(`load ${own}`, async () => {
      const loadedAtMs = clock()
      const fresh = {
        ...(await fetchClasses(fetchUpstream, loaded)),
        fingerprint: print,
        loadedAtMs,
        checkedAtMs: loadedAtMs,
      }
      if (own === generation) loaded = fresh
      return fresh
    })
  }

  const check = (): Promise<Loaded> =>
    flights.run(`check ${generation}`, async () => {
      // Taken before the classes: a model that arrives in between is noticed next time.
      const print = await fingerprint()
      const known = loaded
      if (known === undefined || known.fingerprint !== print) return load(print)
      known.checkedAtMs = clock()
      // A failure is met again, and reported, by the next caller who has to wait for an answer.
      if (clock() - known.loadedAtMs >= revalidateMs) load(print).catch(() => undefined)
      return known
    })

  return {
    current: async () => {
      const known = loaded
      if (known !== undefined && clock() - known.checkedAtMs < fingerprintMs) return known.snapshot
      return (await check()).snapshot
    },
    invalidate: () => {
      generation += 1
      loaded = undefined
    },
  }
}

async function fetchClasses(
  fetchUpstream: FetchUpstream,
  known: Loaded | undefined,
): Promise<Pick<Loaded, 'snapshot' | 'sources'>> {
  const reply = await fetchUpstream('/object_info')
  if (reply.status !== 200)
    throw new GatehouseError('comfyui_down', { detail: `/object_info answered ${reply.status}` })
  const version = hashTag(reply.body)
  if (known?.snapshot.version === version) return known
  const sources = splitMembers(Buffer.from(reply.body).toString())
  if (sources === undefined) throw new GatehouseError('comfyui_down', { detail: '/object_info is not a JSON object' })
  return { sources, snapshot: await parseClasses(version, sources, known) }
}

async function parseClasses(
  version: string,
  sources: ReadonlyMap<string, string>,
  known: Loaded | undefined,
): Promise<ObjectInfoSnapshot> {
  const classes = new Map<string, JsonObject>()
  const fragments = new Map<string, string>()
  let sliceCharacters = 0
  for (const [name, source] of sources) {
    const isSame = known?.sources.get(name) === source
    const value = (isSame ? known.snapshot.classes.get(name) : undefined) ?? parseClass(source)
    classes.set(name, value)
    // Python's NaN is no JSON; one such class would leave the UI without any.
    fragments.set(name, /NaN|Infinity/.test(source) ? JSON.stringify(value) : source)
    sliceCharacters += isSame ? 0 : source.length
    if (sliceCharacters < parseSliceCharacters) continue
    sliceCharacters = 0
    await nextTurn()
  }
  return { version, classes, fragments }
}

/** @throws comfyui_down when a class is not what ComfyUI says about classes */
function parseClass(source: string): JsonObject {
  const value = parseUpstreamJson(source)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatehouseError('comfyui_down', { detail: '/object_info has a class that is no object' })
  }
  return value as JsonObject
}

/** The version of anything that depends on a snapshot and on something else. */
export function combinedVersion(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}
