/** What has nobody classified? The catalogue held against what one ComfyUI says of its classes. */
import { coreClasses, isCoreModule } from '../../sidecar/src/prompt/catalogue/core-classes.ts'
import { isClassified } from '../../sidecar/src/prompt/catalogue/plain-inputs.ts'
import type { FieldRule } from '../../sidecar/src/prompt/catalogue/vocabulary.ts'
import type { NodeFacts } from './node-facts.ts'

type Catalogue = typeof coreClasses

/** Classes without a rule, and inputs that could name a file and are neither a field nor known to be plain. */
export function findUnclassified({ classes }: NodeFacts, catalogue: Catalogue = coreClasses): readonly string[] {
  return Object.entries(classes).flatMap(([name, { module, inputs = {} }]) => {
    const rule = catalogue.get(name)
    if (rule === undefined || !isCoreModule(module)) return [name]
    return Object.entries(inputs).flatMap(([input, fact]) => {
      const [type = '', ...evidence] = fact.split(' ')
      const kind = type.split(',').includes('STRING') && evidence.length === 0 ? 'text' : 'file'
      return isClassified(name, rule, { name: input, kind, type, flags: [] }) ? [] : [`${name}.${input}`]
    })
  })
}

// What the evidence asks of the field.
const wanted: readonly (readonly [RegExp, readonly FieldRule['kind'][]])[] = [
  [/^(?:image|audio|video|file)_upload$|^remote$|^lists:(?:input|output|temp)/, ['read']],
  [/^lists:models$/, ['model']],
  [/^(?:LOAD_3D|LOAD_3D_ANIMATION|WEBCAM|AUDIO_RECORD)$/, ['read']],
]

/** Inputs whose field is not of the kind that ComfyUI's own list or widget shows it to be. */
export function findMisclassified({ classes }: NodeFacts, catalogue: Catalogue = coreClasses): readonly string[] {
  return Object.entries(classes).flatMap(([name, { inputs = {} }]) =>
    Object.entries(inputs).flatMap(([input, fact]) =>
      fact.split(' ').flatMap((word) => {
        const kinds = wanted.find(([pattern]) => pattern.test(word))?.[1]
        const kind = catalogue.get(name)?.fields[input]?.kind
        return kinds === undefined || (kind !== undefined && kinds.includes(kind)) ? [] : [`${name}.${input}: ${word}`]
      }),
    ),
  )
}
