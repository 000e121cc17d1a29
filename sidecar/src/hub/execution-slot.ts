/** Whose job is ComfyUI running? Follows the one stream of events, in which only one prompt runs at a time. */
import type { JsonObject } from '@gatehouse/shared/json'
import type { LedgerForHub } from '../ledger/create-ledger.ts'
import { everyNode, isFinalEvent, type SeenFrames } from '../ledger/history-entry.ts'
import { frameNames, type LiveJob } from '../ledger/live-job.ts'
import type { BinaryFrame } from '../transform/binary-frames.ts'
import { arrayOr, isObject } from '../transform/json-shape.ts'
import { ownPackEvent } from '../transform/pack-event.ts'
import type { ExecutionEvent } from '../transform/socket-frames.ts'
import type { Deliver } from './deliver.ts'

export interface ExecutionSlot {
  event(event: ExecutionEvent, data: JsonObject): Promise<void>
  binary(frame: BinaryFrame): void
  /** An event type that the operator allows: to the running job's owner, or to nobody. */
  allowed(type: string, data: JsonObject): Promise<void>
  /** The node that runs now, for a socket that joins meanwhile; undefined when the job is not `userId`'s and `clientId`'s. */
  runningNode(userId: string, clientId: string): string | undefined
  /** Forgets what runs: the stream was cut, or the job ended without frames. */
  clear(upstreamId?: string): void
}

interface Running {
  readonly upstreamId: string
  /** undefined: a prompt that somebody queued past Gatehouse, or one that must not run. */
  readonly job: LiveJob | undefined
  /** undefined until `execution_cached` told. */
  cached: ReadonlySet<string> | undefined
  readonly messages: [string, JsonObject][]
  readonly outputs: Map<string, JsonObject>
  /** Final events wait until the ledger has the result. */
  readonly held: { readonly type: string; readonly data: JsonObject }[]
  node: string | undefined
}

interface SlotDependencies {
  readonly ledger: Pick<LedgerForHub, 'find' | 'told' | 'started' | 'ownEvent' | 'ending' | 'finished' | 'stopIfDead'>
  readonly deliver: Deliver
}

export function createExecutionSlot({ ledger, deliver }: SlotDependencies): ExecutionSlot {
  let running: Running | undefined

  const enter = async (upstreamId: string): Promise<Running> => {
    await ledger.told(upstreamId)
    const job = (await ledger.stopIfDead(upstreamId)) ? undefined : await ledger.find(upstreamId)
    if (job !== undefined) await ledger.started(job)
    return { upstreamId, job, cached: undefined, messages: [], outputs: new Map(), held: [], node: undefined }
  }

  const leave = async (ended: Running): Promise<void> => {
    running = undefined
    if (ended.job === undefined) return
    const seen: SeenFrames = { messages: ended.messages, outputs: ended.outputs }
    // The stock UI asks for the result the moment it hears of the end: the ledger must have it by then.
    await ledger.finished(ended.job, seen)
    for (const held of ended.held) {
      const { type, data } = ledger.ending(ended.job, held)
      deliver.event(ended.job, type, data)
    }
    deliver.event(ended.job, 'executing', { node: null, prompt_id: ended.job.id })
  }

  const follow = async (current: Running, job: LiveJob, event: ExecutionEvent, data: JsonObject): Promise<void> => {
    remember(current, event, data)
    const own = await ledger.ownEvent(job, event, data, current.cached ?? everyNode)
    if (own === undefined) return
    if (event === 'executing' && typeof own.display_node === 'string') current.node = own.display_node
    if (current.held.length > 0 || isEnd(event, data)) current.held.push({ type: event, data: own })
    else deliver.event(job, event, own)
  }

  return {
    event: async (event, data) => {
      const upstreamId = data.prompt_id
      // Without an id it is ComfyUI's greeting to a socket that comes back; the events that follow tell the same.
      if (typeof upstreamId !== 'string') return
      if (event === 'execution_start' && running !== undefined) await leave(running)
      running ??= await enter(upstreamId)
      // A late event of a job that is over: its owner has been told.
      if (running.upstreamId !== upstreamId) return
      const current = running
      if (event === 'executing' && data.node === null) await leave(current)
      else if (current.job !== undefined) await follow(current, current.job, event, data)
    },
    binary: (frame) => {
      if (running?.job === undefined) return
      if (frame.kind === 'preview-with-metadata' && frame.metadata.prompt_id !== running.upstreamId) return
      deliver.binary(running.job, frame)
    },
    allowed: async (type, data) => {
      if (running?.job === undefined) return
      const { job, upstreamId } = running
      const { ownText } = frameNames(job, new Map())
      const isForeignJob = async (id: string) => (await ledger.find(id)) !== undefined
      const own = await ownPackEvent(data, { upstreamId, publicId: job.id, ownText, isForeignJob })
      if (own !== undefined) deliver.event(job, type, own)
    },
    runningNode: (userId, clientId) =>
      running?.job?.userId === userId && running.job.clientId === clientId ? running.node : undefined,
    clear: (upstreamId) => {
      if (upstreamId === undefined || running?.upstreamId === upstreamId) running = undefined
    },
  }
}

function remember(current: Running, event: ExecutionEvent, data: JsonObject): void {
  if (event === 'execution_cached') current.cached = new Set(arrayOr(data.nodes).map(String))
  if (event === 'executed' && typeof data.node === 'string' && isObject(data.output))
    current.outputs.set(data.node, data.output)
  if (event === 'execution_start' || event === 'execution_cached' || isEnd(event, data))
    current.messages.push([event, data])
}

/** A blocked branch is told as an error too, without a time, and the job goes on (execution.py execution_block_cb). */
function isEnd(event: ExecutionEvent, data: JsonObject): boolean {
  return isFinalEvent(event) && data.timestamp !== undefined
}
