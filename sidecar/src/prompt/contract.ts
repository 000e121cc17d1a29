/** What does the prompt normaliser need, and what does it answer? */
import type { FolderKey } from '@gatehouse/shared/ids'
import type { JsonNumber, JsonObject } from '@gatehouse/shared/json'
import type { Permission, RoleName } from '@gatehouse/shared/roles'
import type { ObjectInfo } from '../policy/world.ts'
import type { NodeAdmissions, NodeRefusal } from './catalogue/vocabulary.ts'
import type { OpenInput, Published } from './published-graph.ts'
import type { RoleRules, TriedRules } from './role-rules.ts'

/** How large a prompt may be. */
export interface GraphLimits {
  readonly nodes: number
  /** Nodes in the longest chain; ComfyUI's worker dies of about 950 (caching.py get_ordered_ancestry_internal). */
  readonly depth: number
  /** Arrays and objects inside each other. */
  readonly nesting: number
  readonly inputsPerNode: number
  /** UTF-16 units in one string. */
  readonly stringLength: number
  /** UTF-16 units in one text that a text encoder reads. */
  readonly promptTextLength: number
  readonly listLength: number
  /** Names in reading fields, all nodes together. */
  readonly files: number
  /** Nodes that show or save something and that run. */
  readonly outputs: number
  /** Bytes of the request body; enforced where it is read. */
  readonly bodyBytes: number
  /** Of one picture or frame, in units of 1024 x 1024 pixels. */
  readonly megapixels: number
  /** Pictures, frames or repetitions of one node. */
  readonly batch: number
  /** What the nodes of a prompt keep in memory together; one megapixel takes 12 MiB there. */
  readonly heldMegapixels: number
  /** Size times pictures times steps, summed over the nodes. */
  readonly workMegapixels: number
}

export const defaultGraphLimits: GraphLimits = {
  nodes: 2000,
  depth: 200,
  nesting: 64,
  inputsPerNode: 500,
  stringLength: 2_000_000,
  promptTextLength: 100_000,
  listLength: 20_000,
  files: 100,
  outputs: 400,
  bodyBytes: 20_000_000,
  megapixels: 67,
  batch: 4_096,
  heldMegapixels: 4_000,
  workMegapixels: 100_000,
}

export interface NormaliseContext {
  readonly folderKey: FolderKey
  readonly salt: string
  /** What the tenant's node ids start with inside ComfyUI, e.g. `k3f-`. */
  readonly nodePrefix: string
  readonly objectInfo: ObjectInfo
  readonly admitted: NodeAdmissions
  /** Wins over admissions and over the catalogue. */
  readonly refused: readonly NodeRefusal[]
  /** Exact names of classes that may run code of whoever uses them. */
  readonly codeAllowed: ReadonlySet<string>
  readonly role: RoleName
  /** What of nodes and models the role may use, beside what anybody may. */
  readonly forRole: RoleRules
  /** Rules that only report. */
  readonly tried?: TriedRules | undefined
  /** What the role, and the credential, may do. */
  readonly permissions: ReadonlySet<Permission>
  readonly limits: GraphLimits
  /** Own temp name to upstream temp name, for the names that `collectTempNames` found. */
  readonly tempNames: ReadonlyMap<string, string>
  /** Patterns over `folder/name` of models that may be chosen although their format can carry code. */
  readonly allowPickles: readonly string[]
  /** What somebody may run who may edit no graph. */
  readonly published?: readonly Published[] | undefined
  /** File names in ComfyUI's embeddings folder; needed where a text names an embedding (`namesEmbedding`). */
  readonly embeddings: readonly string[]
  /** The `Comfy-Usage-Source` header, which ComfyUI takes where `extra_data` has none. */
  readonly comfyUsageSource?: string | undefined
}

export interface NormalisedPrompt {
  readonly ok: true
  /** What ComfyUI gets; ids and number are minted by the ledger. */
  readonly upstream: {
    readonly prompt: JsonObject
    /** Upstream node ids for `partial_execution_targets`. */
    readonly targets: readonly string[] | undefined
  }
  /** What the client sees of it later. */
  readonly own: {
    readonly prompt: JsonObject
    /** ComfyUI gets the same, and the secrets. */
    readonly extraData: JsonObject
    readonly outputsToExecute: readonly string[]
    readonly clientId: string | undefined
    /** A canonical UUID that the client chose; honoured only if it was never used. */
    readonly requestedId: string | undefined
    readonly requestedNumber: JsonNumber | undefined
    readonly front: boolean
    readonly workflowId: string | undefined
  }
  readonly secrets: ComfyOrgSecrets
  /** Which inputs may stay open when it is published: all literal ones, and those that do where nobody says which. */
  readonly openable: () => { readonly literal: readonly OpenInput[]; readonly plain: readonly OpenInput[] }
}

/** The Comfy.org credentials of the person who runs the prompt; never stored. */
export interface ComfyOrgSecrets {
  readonly authTokenComfyOrg?: string
  readonly apiKeyComfyOrg?: string
}

/** A refusal in the shape of ComfyUI's `POST /prompt` (server.py post_prompt, 0.33.0). */
export interface Refusal {
  readonly ok: false
  readonly status: 400 | 403
  readonly value: JsonObject
}

export type NormaliseResult = NormalisedPrompt | Refusal
