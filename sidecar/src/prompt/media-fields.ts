/** Does a node open a picture, sound or video, or a text that leads its decoder to other files? */
import type { Json } from '@gatehouse/shared/json'
import type { ObjectInfo } from '../policy/world.ts'
import { isArray, isObject } from '../transform/json-shape.ts'
import { splitAnnotation } from '../transform/rooted-path.ts'
import { isCoreModule } from './catalogue/core-classes.ts'
import type { NodeRule } from './catalogue/vocabulary.ts'
import type { Graph } from './graph.ts'
import { isPlaylistName, isTextName } from './playlist-names.ts'
import type { NodeFault } from './refusal.ts'

interface Sources {
  readonly graph: Graph
  readonly rules: ReadonlyMap<string, NodeRule>
  readonly objectInfo: ObjectInfo
}

/** Why nodes are refused for the kind of file they name in a reading field. */
export function findTextFiles({ graph, rules, objectInfo }: Sources): readonly NodeFault[] {
  return [...graph.values()].flatMap((node) => {
    // The loaders of core decode what they open (LoadImage, too, hands it to FFmpeg); a pack may read texts.
    const isCore = isCoreModule(objectInfo.classes.get(node.classType)?.python_module)
    return Object.entries(rules.get(node.id)?.fields ?? {}).flatMap(([inputName, rule]) => {
      const input = node.inputs.get(inputName)
      if (rule.kind !== 'read' || rule.target !== 'file' || input?.kind !== 'literal') return []
      const names = namesIn(input.value).map((name) => splitAnnotation(name).name)
      const text = names.find((name) => isPlaylistName(name) || (isCore && isTextName(name)))
      if (text === undefined) return []
      const sentence = `${inputName}: choose a picture, sound, video or model; a text can lead to other files.`
      return [{ nodeId: node.id, classType: node.classType, inputName, sentence }]
    })
  })
}

// Recursion is bounded by the nesting that `findExcess` has checked.
function namesIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (isArray(value)) return value.flatMap(namesIn)
  return isObject(value) ? Object.values(value).flatMap(namesIn) : []
}
