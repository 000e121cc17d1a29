/** What lies in a folder of one's own? The two listings of ComfyUI's user manager, without following links. */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { type Answer, json, text } from '../policy/answer.ts'
import { fileInfo, pythonSeconds } from './file-info.ts'
import { type Found, findPlace } from './find-place.ts'
import type { OwnName } from './own-name.ts'
import type { Place, Places } from './places.ts'
import { requireOwn } from './refusal.ts'
import { isAbsent } from './storage-error.ts'

interface Entry extends Found {
  readonly segments: readonly string[]
}

/** GET /userdata (listuserdata 0.33.0): files only, names relative to `dir`, hidden ones left out as Python's glob does. */
export async function listFiles(
  places: Places,
  query: ReadonlyMap<string, string>,
  parse: (raw: string) => OwnName,
): Promise<Answer> {
  const directory = query.get('dir') ?? ''
  if (directory === '') return text('Directory not provided', 400)
  const segments = requireOwn(parse(directory), text('Invalid directory', 403))
  const place = places.at(segments)
  // The root of a new tenant exists before its folder does.
  if (segments.length > 0 && (await findPlace(places, place)) === undefined) return text('Directory not found', 404)
  const isTrue = (key: string): boolean => (query.get(key) ?? '').toLowerCase() === 'true'
  const entries = await entriesBelow(places, place, isTrue('recurse'), (name) => !name.startsWith('.'))
  const files = entries.filter((entry) => entry.kind === 'file')
  return json(
    files.map((file): Json => {
      const relative = file.segments.slice(segments.length)
      if (isTrue('full_info')) return fileInfo(relative.join('/'), file.stats)
      return isTrue('split') ? [relative.join('/'), ...relative] : relative.join('/')
    }),
  )
}

/** GET /v2/userdata (list_userdata_v2 0.33.0): files and folders, all the way down, names relative to the root. */
export async function listTree(
  places: Places,
  query: ReadonlyMap<string, string>,
  parse: (raw: string) => OwnName,
): Promise<Answer> {
  const segments = requireOwn(parse(query.get('path') ?? ''), text('Invalid path requested', 400))
  const place = places.at(segments)
  const found = await findPlace(places, place)
  if (segments.length > 0 && found === undefined) return text('Requested path not found', 404)
  if (found?.kind === 'file') return text('Requested path is not a directory', 400)
  const entries = await entriesBelow(places, place, true, () => true)
  const ranked = entries.map((entry) => ({ entry, rank: treeRank(entry) }))
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
  return json(ranked.map(({ entry }) => treeEntry(entry)))
}

function treeRank(entry: Entry): string {
  return `${entry.kind === 'directory' ? 0 : 1}${(entry.segments.at(-1) ?? '').toLowerCase()}`
}

function treeEntry({ kind, segments, stats }: Entry): JsonObject {
  const named = { name: segments.at(-1) ?? '', path: segments.join('/'), type: kind }
  if (kind === 'directory') return named
  return { ...named, size: Number(stats.size), modified: pythonSeconds(stats.mtimeNs) }
}

async function entriesBelow(
  places: Places,
  place: Place,
  isRecursive: boolean,
  isShown: (name: string) => boolean,
): Promise<readonly Entry[]> {
  if (place.kind !== 'shared') return []
  const entries: Entry[] = []
  const open: (readonly string[])[] = [place.segments]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await entriesIn(places, folder)) {
      if (!isShown(entry.segments.at(-1) ?? '')) continue
      entries.push(entry)
      if (isRecursive && entry.kind === 'directory') open.push(entry.segments)
    }
  }
  return entries
}

/** The entries of one folder; what vanishes while it is read is left out. */
async function entriesIn(places: Places, folder: readonly string[]): Promise<readonly Entry[]> {
  const names = new Set((await readFolder(join(places.root, ...folder))).map((entry) => entry.name))
  const isRoot = folder.length === 0
  if (isRoot) for (const own of [places.settings, places.css]) names.add(own.segments.join('/'))
  const entries: Entry[] = []
  for (const name of [...names].sort()) {
    const place = places.at([...folder, name])
    const found = await findPlace(places, place)
    if (found !== undefined) entries.push({ ...found, segments: place.segments })
  }
  return entries
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (cause) {
    if (isAbsent(cause)) return []
    throw cause
  }
}
