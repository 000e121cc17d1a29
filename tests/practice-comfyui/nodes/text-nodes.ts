/** What do the primitive and text nodes give, and where does SaveText write? */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { savePath } from '../directories.ts'
import { dumpPythonJson, pythonStr } from '../python/dump-json.ts'
import { parsePythonJson } from '../python/parse-json.ts'
import { dict } from '../python/values.ts'
import { type NodeBehaviour, type NodeValue, PythonError } from './node-class.ts'
import { describe, isResource } from './read-inputs.ts'

const passValue: NodeBehaviour = { run: (inputs) => ({ outputs: [inputs.get('value') ?? null] }) }

const stringConcatenate: NodeBehaviour = {
  run: (inputs) => {
    const parts = [inputs.text('string_a'), inputs.text('string_b')]
    return { outputs: [parts.join(inputs.text('delimiter', ''))] }
  },
}

const previewAny: NodeBehaviour = {
  run: (inputs) => {
    const text = shown(inputs.get('source') ?? null)
    return { outputs: [text], ui: dict({ text: [text] }) }
  },
}

const saveText: NodeBehaviour = {
  run: (inputs, context) => {
    const [text, format] = [inputs.text('text'), inputs.text('format')]
    if (!['txt', 'csv', 'md', 'json'].includes(format)) {
      throw new PythonError('ValueError', `Unsupported text format: '${format}'`)
    }
    const place = savePath(inputs.text('filename_prefix'), context.directories.output, 1, 1)
    const filename = `${place.filename}_${String(place.counter).padStart(5, '0')}.${format}`
    writeFileSync(join(place.folder, filename), format === 'json' ? pretty(text) : text)
    const files = [{ filename, subfolder: place.subfolder, type: 'output' }]
    return { outputs: [text], ui: dict({ text: [text], files }) }
  },
}

export const textNodes = {
  PrimitiveString: passValue,
  PrimitiveStringMultiline: passValue,
  PrimitiveInt: passValue,
  PrimitiveFloat: passValue,
  PrimitiveBoolean: passValue,
  StringConcatenate: stringConcatenate,
  PreviewAny: previewAny,
  SaveText: saveText,
} as const satisfies Record<string, NodeBehaviour>

function shown(source: NodeValue): string {
  if (isResource(source)) return describe(source)
  if (source instanceof Map || Array.isArray(source)) return dumpPythonJson(source, 4)
  return pythonStr(source)
}

function pretty(text: string): string {
  try {
    return dumpPythonJson(parsePythonJson(text), 2)
  } catch {
    // SaveText writes text that is no JSON as it is.
    return text
  }
}
