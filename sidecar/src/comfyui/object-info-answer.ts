/** How is `/object_info` answered to one tenant? Shared JSON with the differing classes put in, compressed once per list of files. */
import type { JsonObject } from '@gatehouse/shared/json'
import { LRUCache } from 'lru-cache'
import { type Answer, json } from '../policy/answer.ts'
import type { CanonicalRequest } from '../policy/canonical-request.ts'
import { type Coding, compress } from './compress.ts'
import { combinedVersion, type ObjectInfoCache, type ObjectInfoSnapshot } from './object-info.ts'
import type { OwnListing } from './own-lists.ts'
import { type OwnView, ownClass } from './own-object-info.ts'
import { answerWith, hashTag, type Representation } from './representation.ts'
import { type ClassPolicy, createShownSnapshot } from './shown-snapshot.ts'
import { createSingleFlight } from './single-flight.ts'

export interface ObjectInfoViewer {
  readonly files: OwnListing
  /** What of the classes this viewer is shown. */
  readonly policy: ClassPolicy
}

export interface ObjectInfoAnswer {
  /** GET /object_info. @throws comfyui_down */
  all(request: CanonicalRequest, viewer: ObjectInfoViewer): Promise<Answer>
  /** GET /object_info/{class}: `{}` for a class that is not there, as ComfyUI. @throws comfyui_down */
  one(className: string, viewer: ObjectInfoViewer): Promise<Answer>
}

export interface ObjectInfoAnswerOptions {
  readonly objectInfo: ObjectInfoCache
  /** Root-level names in ComfyUI's input directory. */
  readonly inputFiles: () => Promise<ReadonlySet<string>>
  readonly maxCacheBytes?: number
}

/** One per list of files and state of ComfyUI. */
const maxTags = 1_000
const jsonType = 'application/json; charset=utf-8'

export function createObjectInfoAnswer(options: ObjectInfoAnswerOptions): ObjectInfoAnswer {
  const { objectInfo, inputFiles, maxCacheBytes = 32 * 1024 * 1024 } = options
  const bodies = new LRUCache<string, Uint8Array>({ maxSize: maxCacheBytes, sizeCalculation: (body) => body.length })
  const flights = createSingleFlight<Uint8Array>()
  const tags = new LRUCache<string, string>({ max: maxTags })
  const shownSnapshot = createShownSnapshot()
  const look = async ({ files, policy }: ObjectInfoViewer): Promise<readonly [ObjectInfoSnapshot, OwnView]> => {
    const [snapshot, names] = await Promise.all([objectInfo.current(), inputFiles()])
    return [shownSnapshot(snapshot, policy), { files, inputFiles: names }]
  }

  /** Of the bytes the tenant sees: ComfyUI's own answer names everybody's folders, and would change with them. */
  const tagOf = (snapshot: ObjectInfoSnapshot, view: OwnView): string => {
    const version = versionOf(snapshot, view)
    const tag = tags.get(version) ?? hashTag(wholeText(snapshot, view))
    tags.set(version, tag)
    return tag
  }
  const representation = (snapshot: ObjectInfoSnapshot, view: OwnView): Representation => {
    const tag = tagOf(snapshot, view)
    const make = async (coding: Coding): Promise<Uint8Array> => {
      const body = await compress(Buffer.from(wholeText(snapshot, view)), coding)
      bodies.set(`${tag} ${coding}`, body)
      return body
    }
    const body = async (coding: Coding): Promise<Uint8Array> =>
      bodies.get(`${tag} ${coding}`) ?? flights.run(`${tag} ${coding}`, () => make(coding))
    return { tag, type: jsonType, isCompressible: true, body }
  }

  return {
    all: async (request, viewer) => {
      const [snapshot, view] = await look(viewer)
      return answerWith(representation(snapshot, view), request, 'private, no-cache')
    },
    one: async (className, viewer) => {
      const [snapshot, view] = await look(viewer)
      const info = snapshot.classes.get(className)
      if (info === undefined) return json({})
      return json({ [className]: ownClass(className, info, snapshot.fragments.get(className) ?? '', view) })
    },
  }
}

/** Everything the answer depends on. Names only: neither the order in which files were written nor their times are in the answer. */
function versionOf(snapshot: ObjectInfoSnapshot, { files, inputFiles }: OwnView): string {
  const names = [...files.input, ...files.output].map(
    ({ root, subfolder, filename }) => `${root}/${subfolder}/${filename}`,
  )
  return combinedVersion(snapshot.version, ...names.sort(), '', ...[...inputFiles].sort())
}

function wholeText(snapshot: ObjectInfoSnapshot, view: OwnView): string {
  const members: string[] = []
  for (const [name, info] of snapshot.classes) {
    members.push(`${JSON.stringify(name)}: ${classText(name, info, snapshot.fragments.get(name) ?? '', view)}`)
  }
  return `{${members.join(', ')}}`
}

function classText(name: string, info: JsonObject, fragment: string, view: OwnView): string {
  const own = ownClass(name, info, fragment, view)
  return own === info && fragment !== '' ? fragment : JSON.stringify(own)
}
