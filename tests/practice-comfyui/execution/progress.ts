/** What does a socket hear of a running prompt's progress? progress_state of every node touched, progress and previews. */
import { dict, type PythonDict } from '../python/values.ts'
import type { Addressee, Sockets } from './sockets.ts'

export interface Progress {
  readonly start: (nodeId: string) => void
  readonly update: (nodeId: string, value: number, max: number, preview: Buffer | undefined) => void
  readonly finish: (nodeId: string) => void
}

interface NodeState {
  value: number
  max: number
  state: 'running' | 'finished'
}

const previewType = 1
const previewWithMetadataType = 4
const pngFormat = 2

/** `comfy_execution/progress.py`, and `main.py:hijack_progress` for the older event. */
export function createProgress(promptId: string, sockets: Sockets, client: Addressee): Progress {
  const states = new Map<string, NodeState>()
  const identity = (nodeId: string) => ({
    node_id: nodeId,
    prompt_id: promptId,
    display_node_id: nodeId,
    parent_node_id: null,
    real_node_id: nodeId,
  })
  const tell = () => {
    const nodes: PythonDict = new Map()
    for (const [nodeId, { value, max, state }] of states) {
      nodes.set(nodeId, dict({ value: { float: value }, max: { float: max }, state, ...identity(nodeId) }))
    }
    sockets.sendEvent('progress_state', { prompt_id: promptId, nodes }, client)
  }
  const sendWithMetadata = (nodeId: string, preview: Buffer) => {
    const metadata = Buffer.from(JSON.stringify({ ...identity(nodeId), image_type: 'image/png' }))
    sockets.sendBinary(previewWithMetadataType, Buffer.concat([uint32(metadata.length), metadata, preview]), client)
  }
  return {
    start: (nodeId) => {
      states.set(nodeId, { value: 0, max: 1, state: 'running' })
      tell()
    },
    update: (nodeId, value, max, preview) => {
      states.set(nodeId, { value, max, state: 'running' })
      tell()
      const withMetadata = sockets.supportsPreviewMetadata(client)
      if (preview !== undefined && withMetadata) sendWithMetadata(nodeId, preview)
      sockets.sendEvent('progress', { value, max, prompt_id: promptId, node: nodeId }, client)
      if (preview !== undefined && !withMetadata) {
        sockets.sendBinary(previewType, Buffer.concat([uint32(pngFormat), preview]), client)
      }
    },
    finish: (nodeId) => {
      const state = states.get(nodeId) ?? { value: 0, max: 1, state: 'running' }
      states.set(nodeId, { value: state.max, max: state.max, state: 'finished' })
      tell()
    },
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
