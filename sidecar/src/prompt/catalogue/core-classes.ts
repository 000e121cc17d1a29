/** What is known of each class of core ComfyUI (0.3.64 to 0.33.0)? One map from all the tables. */
import { fileReaders, fileWriters, previewers } from './files.ts'
import { modelLoaders } from './loaders.ts'
import { partnerNodes } from './network.ts'
import { pureArchitectures } from './pure-architectures.ts'
import { pureCore } from './pure-core.ts'
import { pureImages } from './pure-images.ts'
import { pureMedia } from './pure-media.ts'
import { pureSampling } from './pure-sampling.ts'
import { pureText } from './pure-text.ts'
import { refusedNodes } from './refused.ts'
import { type NodeRule, rule } from './vocabulary.ts'

const pure = rule({})
const network = rule({ policy: 'network' })

// Two core classes have a space in their name.
const spaced = ['Epsilon Scaling', 'Video Slice']
const pureNodes = [pureArchitectures, pureCore, pureImages, pureMedia, pureSampling, pureText, spaced].flat()

const languages: Readonly<Record<string, NodeRule>> = {
  // nodes_string.py calls str.format on objects of any class: `{a.__init__.__globals__}` would print the whole process.
  StringFormat: rule({ fields: { f_string: { kind: 'python-format' } } }),
  // nodes_math.py: simpleeval reads the attributes of whatever a wildcard output hands it.
  ComfyMathExpression: rule({ fields: { expression: { kind: 'math-expression' } } }),
}

// ace_text_cleaners.py (0.33.0) holds the interpreter while it reads numbers in lyrics. The clip decides who reads them,
// so that every class that hands lyrics to one is meant.
const lyrics = rule({ fields: { lyrics: { kind: 'lyrics' } } })
const singers: Readonly<Record<string, NodeRule>> = {
  TextEncodeAceStepAudio: lyrics,
  'TextEncodeAceStepAudio1.5': lyrics,
  MiniMaxMusic3TextEncode: lyrics,
}

const others: Readonly<Record<string, NodeRule>> = {
  // nodes_logic.py: the only core class with accept_all_inputs (0.33.0).
  CustomCombo: rule({ acceptsAnyInput: true }),
}

const entries: readonly (readonly [string, NodeRule])[] = [
  ...pureNodes.map((name) => [name, pure] as const),
  ...partnerNodes.map((name) => [name, network] as const),
  ...[fileReaders, fileWriters, previewers, modelLoaders, refusedNodes, languages, singers, others].flatMap(
    Object.entries,
  ),
]

/** The rule of a core class; undefined for a class that nobody has classified. */
export const coreClasses: ReadonlyMap<string, NodeRule> = uniqueMap(entries)

// What lies in ComfyUI's own custom_nodes folder.
const shippedPacks = new Set(['custom_nodes.websocket_image_save', 'custom_nodes.example_node'])

/** Whether a class comes with ComfyUI itself; a pack may take over the name of a core class. */
export function isCoreModule(pythonModule: unknown): boolean {
  if (typeof pythonModule !== 'string') return false
  if (pythonModule === 'nodes' || shippedPacks.has(pythonModule)) return true
  return pythonModule.startsWith('comfy_extras.') || pythonModule.startsWith('comfy_api_nodes.')
}

function uniqueMap(all: readonly (readonly [string, NodeRule])[]): ReadonlyMap<string, NodeRule> {
  const map = new Map<string, NodeRule>()
  for (const [name, known] of all) {
    if (map.has(name)) throw new TypeError(`node class ${name} is classified twice`)
    map.set(name, known)
  }
  return map
}
