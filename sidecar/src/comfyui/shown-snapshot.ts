/** Which classes does a viewer see? A snapshot without what is hidden, made once for all who see the same. */
import type { JsonObject } from '@gatehouse/shared/json'
import { LRUCache } from 'lru-cache'
import type { ObjectInfo } from '../policy/world.ts'
import { combinedVersion, type ObjectInfoSnapshot } from './object-info.ts'

/** What is shown of ComfyUI's classes. */
export interface ClassPolicy {
  /** Names everything that `show` depends on beside ComfyUI's own answer. */
  readonly key: string
  /** The class as it is shown, the very same object where nothing is hidden; undefined where it is not shown. */
  show(name: string, info: JsonObject, all: ObjectInfo): JsonObject | undefined
}

export type ShownSnapshot = (snapshot: ObjectInfoSnapshot, policy: ClassPolicy) => ObjectInfoSnapshot

/** Roles times the settings that are in force, and the last answer of ComfyUI's beside the newest. */
const maxKept = 12

export function createShownSnapshot(): ShownSnapshot {
  const kept = new LRUCache<string, ObjectInfoSnapshot>({ max: maxKept })
  return (snapshot, policy) => {
    const version = combinedVersion(snapshot.version, policy.key)
    const shown = kept.get(version) ?? withoutHidden(snapshot, policy, version)
    kept.set(version, shown)
    return shown
  }
}

function withoutHidden(snapshot: ObjectInfoSnapshot, policy: ClassPolicy, version: string): ObjectInfoSnapshot {
  const classes = new Map<string, JsonObject>()
  const fragments = new Map<string, string>()
  for (const [name, info] of snapshot.classes) {
    const shown = policy.show(name, info, snapshot)
    if (shown === undefined) continue
    classes.set(name, shown)
    const fragment = snapshot.fragments.get(name)
    if (shown !== info || fragment === undefined) fragments.set(name, JSON.stringify(shown))
    else fragments.set(name, fragment)
  }
  return { version, classes, fragments }
}
