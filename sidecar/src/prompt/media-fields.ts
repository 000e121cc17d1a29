/** Does a node open a picture, sound or video, or a text that leads its decoder to other files? */
import type { ObjectInfo } from '../policy/world.ts'
import { textsIn } from '../transform/json-shape.ts'
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
  const faults: NodeFault[] = []
  for (const { id: nodeId, classType, inputs } of graph.values()) {
    const fields = rules.get(nodeId)?.fields ?? {}
    for (const inputName of Object.keys(fields)) {
      const [field, input] = [fields[inputName], inputs.get(inputName)]
      if (field?.kind !== 'read' || field.target !== 'file' || input?.kind !== 'literal') continue
      // The loaders of core decode what they open (LoadImage, too, hands it to FFmpeg); a pack may read texts.
      const isCore = isCoreModule(objectInfo.classes.get(classType)?.python_module)
      const names = textsIn(input.value).map((name) => splitAnnotation(name).name)
      if (!names.some((name) => isPlaylistName(name) || (isCore && isTextName(name)))) continue
      const sentence = `${inputName}: choose a picture, sound, video or model; a text can lead to other files.`
      faults.push({ nodeId, classType, inputName, sentence })
    }
  }
  return faults
}
