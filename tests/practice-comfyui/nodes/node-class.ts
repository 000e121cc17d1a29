/** What is a node class: its entry in /object_info, its validator, and what running it does? */
import type { Directories } from '../directories.ts'
import type { PythonDict, PythonValue } from '../python/values.ts'

export interface ImageValue {
  readonly kind: 'image'
  readonly width: number
  readonly height: number
  /** RGB, 8 bit, one array a frame. */
  readonly frames: readonly Uint8Array[]
}
export interface MaskValue {
  readonly kind: 'mask'
  readonly width: number
  readonly height: number
  readonly frames: readonly Uint8Array[]
}
export interface LatentValue {
  readonly kind: 'latent'
  readonly shape: readonly number[]
}
export interface AudioValue {
  readonly kind: 'audio'
  readonly seconds: number
  readonly rate: number
  readonly channels: number
}
/** What only exists between nodes. */
export type Resource = ImageValue | MaskValue | LatentValue | AudioValue
export type NodeValue = PythonValue | Resource

export interface NodeResult {
  readonly outputs: readonly NodeValue[]
  readonly ui?: PythonDict
}

export interface RunContext {
  readonly uniqueId: string
  readonly directories: Directories
  /** The graph as executed, written into files. */
  readonly prompt: PythonDict
  readonly extraPnginfo: PythonValue | undefined
  /** Reports one step with an optional PNG preview. @throws Interrupted */
  readonly progress: (value: number, max: number, preview?: Buffer) => void
  /** Binary frame of type 3, to every socket. */
  readonly progressText: (text: string) => void
  readonly pause: (milliseconds: number) => Promise<void>
}

export interface NodeBehaviour {
  /** Inputs its own validator takes; the general checks of these are skipped. */
  readonly validates?: readonly string[]
  /** True, or the sentence of the refusal. @throws what Python would raise */
  readonly validate?: (inputs: ReadonlyMap<string, PythonValue>, directories: Directories) => true | string
  /** What `IS_CHANGED` answers, part of the cache key. */
  readonly isChanged?: (inputs: ReadonlyMap<string, PythonValue>, directories: Directories) => string
  /** Live option lists, by input name. */
  readonly options?: (directories: Directories) => ReadonlyMap<string, readonly string[]>
  /** Runs while the worker is held, too: whoever waits, waits at the node behind it. */
  readonly isNeverHeld?: boolean
  /** `instance` outlives the prompt: it is kept by node id and class. */
  readonly run: (
    inputs: NodeInputs,
    context: RunContext,
    instance: Map<string, string>,
  ) => NodeResult | Promise<NodeResult>
}

export interface NodeInputs {
  readonly get: (name: string) => NodeValue | undefined
  readonly text: (name: string, fallback?: string) => string
  readonly number: (name: string, fallback?: number) => number
  readonly image: (name: string) => ImageValue
  readonly mask: (name: string) => MaskValue
}

export interface NodeClass extends NodeBehaviour {
  readonly name: string
  readonly isOutput: boolean
  readonly usesUniqueId: boolean
  readonly returnTypes: readonly string[]
  readonly info: (directories: Directories) => PythonDict
  /** `INPUT_TYPES()` of the moment: name to `[type, options]`, required first. */
  readonly inputTypes: (directories: Directories) => ReadonlyMap<string, InputType>
}

export interface InputType {
  readonly required: boolean
  readonly type: PythonValue
  readonly options: PythonDict
  /** As Python shows it in `input_config`. */
  readonly config: PythonValue
}

/** ComfyUI's InterruptProcessingException. */
export class Interrupted extends Error {
  override readonly name = 'InterruptProcessingException'
}

/** An exception with the name Python would show. */
export class PythonError extends Error {
  readonly pythonType: string
  constructor(pythonType: string, message: string) {
    super(message)
    this.pythonType = pythonType
  }
}
