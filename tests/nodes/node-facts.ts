/** What does a ComfyUI say of its classes that matters to the catalogue? Its `/object_info`, without words of its own. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json, JsonObject } from '@gatehouse/shared/json'
import { declaredInputs, type InputKind } from '../../sidecar/src/prompt/catalogue/input-facts.ts'

export interface ClassFacts {
  readonly module: string
  readonly output?: true
  /** Texts and files: input to its type, its flags, and in whose folder its list looks. */
  readonly inputs?: Readonly<Record<string, string>>
}

export interface NodeFacts {
  readonly comfyui: string
  /** Every type of an input, and what kind of input it makes. */
  readonly types: Readonly<Record<string, InputKind>>
  readonly classes: Readonly<Record<string, ClassFacts>>
}

const endings = ['png', 'mp3', 'mp4', 'latent', 'txt', 'glb', 'safetensors', 'yaml']

/**
 * Puts files with telling names everywhere a list could look. Folders below `models` are those of a ComfyUI that has
 * started once.
 */
export function plantFiles(baseDirectory: string, modelFolders: readonly string[]): void {
  const put = (...path: readonly string[]) => {
    const file = join(baseDirectory, ...path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
  }
  for (const root of ['input', 'output', 'temp']) {
    for (const ending of endings) put(root, `planted-${root}.${ending}`)
    put(root, '3d', `planted-${root}.glb`)
    put(root, `planted-${root}-folder`, 'a.png')
  }
  for (const folder of modelFolders) {
    put('models', folder, 'planted-models.safetensors')
    put('models', folder, 'planted-models.yaml')
    put('models', folder, 'planted-models', 'model_index.json')
  }
}

export function foldersBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

export function nodeFacts(comfyui: string, objectInfo: Readonly<Record<string, JsonObject>>): NodeFacts {
  const types = new Map<string, InputKind>()
  const classes = Object.entries(objectInfo).map(([name, info]): [string, ClassFacts] => {
    const inputs = new Map<string, string>()
    for (const { name: input, kind, type, flags } of declaredInputs(info)) {
      if (type !== 'COMBO' && flags.length === 0) types.set(type, kind)
      const evidence = [...flags, ...listed(info, input)]
      // A list of folders looks like any other choice; the planted ones give it away.
      if (kind === 'text' || kind === 'file' || evidence.length > 0) inputs.set(input, [type, ...evidence].join(' '))
    }
    const facts: ClassFacts = {
      module: String(info.python_module),
      ...(info.output_node === true ? { output: true } : {}),
      ...(inputs.size === 0 ? {} : { inputs: Object.fromEntries([...inputs].sort(byName)) }),
    }
    return [name, facts]
  })
  return {
    comfyui,
    types: Object.fromEntries([...types].sort(byName)),
    classes: Object.fromEntries(classes.sort(byName)),
  }
}

/** One class a line. */
export function printFacts({ comfyui, types, classes }: NodeFacts): string {
  const lines = Object.entries(classes).map(([name, facts]) => `  ${JSON.stringify(name)}: ${JSON.stringify(facts)}`)
  return `{\n "comfyui": ${JSON.stringify(comfyui)},\n "types": ${JSON.stringify(types)},\n "classes": {\n${lines.join(',\n')}\n }\n}\n`
}

/** Whose planted files the list of an input shows; inputs behind dynamic choices have none. */
function listed(info: JsonObject, input: string): readonly string[] {
  const groups = parseGroups(info.input)
  const spec = groups.required?.[input] ?? groups.optional?.[input]
  const found = new Set(JSON.stringify(spec ?? '').match(/planted-(?:[a-z]+-folder|[a-z]+)/g) ?? [])
  return [...found].sort().map((name) => `lists:${name.slice('planted-'.length)}`)
}

type Group = Readonly<Record<string, Json>>

function parseGroups(input: Json | undefined): { readonly required?: Group; readonly optional?: Group } {
  return (input ?? {}) as { readonly required?: Group; readonly optional?: Group }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
