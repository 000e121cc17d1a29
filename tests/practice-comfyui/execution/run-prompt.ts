/** What happens from execution_start to the history entry of one prompt? (`execution.py:PromptExecutor`) */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Directories } from '../directories.ts'
import { Interrupted, type NodeClass, type NodeValue, PythonError } from '../nodes/node-class.ts'
import { createNodeInputs, describe, isResource } from '../nodes/read-inputs.ts'
import { dict, isDict, isFloat, isLink, type Plain, type PythonDict, type PythonValue } from '../python/values.ts'
import { createExecutionOrder } from './execution-order.ts'
import type { Gate } from './gate.ts'
import { type CacheEntry, classNameOf, inputsOf, type NodeUi, type OutputCache } from './output-cache.ts'
import { createProgress, type Progress, uint32 } from './progress.ts'
import type { QueueItem } from './prompt-queue.ts'
import type { Addressee, Sockets } from './sockets.ts'
import { pythonTraceback } from './traceback.ts'

export interface ExecutionWorld {
  readonly catalogue: ReadonlyMap<string, NodeClass>
  readonly directories: Directories
  readonly sockets: Sockets
  readonly cache: OutputCache
  readonly gate: Gate
  /** The client of the prompt that runs or ran last: a process-wide variable, as upstream. */
  readonly setClient: (client: Addressee) => void
  readonly setLastNode: (nodeId: string | undefined) => void
}

export interface PromptOutcome {
  readonly success: boolean
  readonly outputs: PythonDict
  readonly meta: PythonDict
  readonly messages: readonly PythonValue[]
}

interface Run {
  readonly world: ExecutionWorld
  readonly item: QueueItem
  readonly client: Addressee
  readonly progress: Progress
  readonly executed: Set<string>
  readonly uis: Map<string, NodeUi>
  readonly messages: PythonValue[]
}

const textType = 3

export async function runPrompt(world: ExecutionWorld, item: QueueItem): Promise<PromptOutcome> {
  world.gate.enter()
  const client = item.extraData.get('client_id')
  world.setClient(client)
  const progress = createProgress(item.promptId, world.sockets, client)
  const run: Run = { world, item, client, progress, executed: new Set(), uis: new Map(), messages: [] }
  say(run, 'execution_start', {}, false)
  const changed = new Map<string, string>()
  world.cache.setPrompt(item.prompt, (nodeId) => fingerprint(run, nodeId, changed))
  const cached = [...item.prompt.keys()].filter((nodeId) => world.cache.get(nodeId) !== undefined)
  say(run, 'execution_cached', { nodes: cached }, false, true)
  const success = await runNodes(run)
  if (success) say(run, 'execution_success', {}, false)
  world.setLastNode(undefined)
  return {
    success,
    outputs: new Map([...run.uis].map(([nodeId, ui]) => [nodeId, ui.output])),
    meta: new Map([...run.uis].map(([nodeId, ui]) => [nodeId, ui.meta])),
    messages: run.messages,
  }
}

async function runNodes(run: Run): Promise<boolean> {
  const { world, item } = run
  const isOutput = (id: string) => world.catalogue.get(classNameOf(item.prompt, id))?.isOutput === true
  const isCached = (id: string) => world.cache.get(id) !== undefined
  const order = createExecutionOrder(item.prompt, item.outputs, isCached, isOutput)
  for (let nodeId = order.next(); nodeId !== undefined; nodeId = order.next()) {
    await nextTurn()
    const known = world.cache.get(nodeId)
    if (known !== undefined) sendCachedUi(run, nodeId, known)
    else if (!(await runNode(run, nodeId))) return false
    else run.executed.add(nodeId)
    if (known !== undefined) run.progress.finish(nodeId)
    order.complete(nodeId)
    world.cache.dropInactive()
  }
  return true
}

// A cached node sends the ui of whoever ran it first, file names included.
function sendCachedUi(run: Run, nodeId: string, entry: CacheEntry): void {
  if (entry.ui !== undefined) run.uis.set(nodeId, entry.ui)
  const output = entry.ui?.output ?? null
  sendToClient(run, 'executed', { node: nodeId, display_node: nodeId, output, prompt_id: run.item.promptId })
}

async function runNode(run: Run, nodeId: string): Promise<boolean> {
  const { world, item, progress } = run
  const className = classNameOf(item.prompt, nodeId)
  const nodeClass = world.catalogue.get(className)
  if (nodeClass === undefined) throw new RangeError(`KeyError: '${className}'`)
  progress.start(nodeId)
  world.setLastNode(nodeId)
  sendToClient(run, 'executing', { node: nodeId, display_node: nodeId, prompt_id: item.promptId })
  const instance = world.cache.instance(nodeId, className)
  const values = inputValues(run, nodeId, nodeClass)
  try {
    if (nodeClass.isNeverHeld !== true) await world.gate.pass()
    const result = await nodeClass.run(createNodeInputs(values), contextOf(run, nodeId), instance)
    const ui = result.ui === undefined ? undefined : { meta: metaOf(nodeId), output: result.ui }
    if (ui !== undefined) {
      run.uis.set(nodeId, ui)
      const told = { node: nodeId, display_node: nodeId, output: ui.output, prompt_id: item.promptId }
      sendToClient(run, 'executed', told)
    }
    world.cache.set(nodeId, { ui, outputs: result.outputs })
  } catch (error) {
    reportFailure(run, nodeId, className, values, error)
    return false
  }
  progress.finish(nodeId)
  return true
}

function contextOf(run: Run, nodeId: string) {
  const { world, item, progress } = run
  return {
    uniqueId: nodeId,
    directories: world.directories,
    prompt: item.prompt,
    extraPnginfo: item.extraData.get('extra_pnginfo'),
    progress: (value: number, max: number, preview?: Buffer) => {
      world.gate.throwIfInterrupted()
      progress.update(nodeId, value, max, preview)
    },
    // send_progress_text goes out without an addressee: every socket hears it, and no prompt is named.
    progressText: (text: string) => {
      const id = Buffer.from(nodeId)
      world.sockets.sendBinary(textType, Buffer.concat([uint32(id.length), id, Buffer.from(text)]), undefined)
    },
    pause: world.gate.pause,
  }
}

function inputValues(run: Run, nodeId: string, nodeClass: NodeClass): ReadonlyMap<string, NodeValue> {
  const types = nodeClass.inputTypes(run.world.directories)
  const values = new Map<string, NodeValue>()
  for (const [name, value] of inputsOf(run.item.prompt, nodeId)) {
    if (isLink(value)) values.set(name, run.world.cache.get(value[0])?.outputs[Math.trunc(value[1])] ?? null)
    // Undeclared names are part of the cache key, and of nothing else.
    else if (types.has(name)) values.set(name, value)
  }
  return values
}

function fingerprint(run: Run, nodeId: string, known: Map<string, string>): string {
  const found = known.get(nodeId)
  if (found !== undefined) return found
  const computed = computeFingerprint(run, nodeId)
  known.set(nodeId, computed)
  return computed
}

/** `IsChangedCache`: what a node carries as `is_changed` is believed; what is computed is written into the node. */
function computeFingerprint(run: Run, nodeId: string): string {
  const node = run.item.prompt.get(nodeId)
  const isChanged = run.world.catalogue.get(classNameOf(run.item.prompt, nodeId))?.isChanged
  if (isChanged === undefined || !isDict(node)) return 'False'
  const claimed = node.get('is_changed')
  if (claimed !== undefined) return JSON.stringify(claimed)
  try {
    const computed = isChanged(inputsOf(run.item.prompt, nodeId), run.world.directories)
    node.set('is_changed', [computed])
  } catch {
    // NaN equals nothing, so such a node never comes from the cache.
    node.set('is_changed', { float: Number.NaN })
    return `NaN ${run.item.promptId}`
  }
  return JSON.stringify(node.get('is_changed'))
}

function reportFailure(
  run: Run,
  nodeId: string,
  className: string,
  values: ReadonlyMap<string, NodeValue>,
  error: unknown,
): void {
  const where = { node_id: nodeId, node_type: className, executed: [...run.executed] }
  if (error instanceof Interrupted) {
    say(run, 'execution_interrupted', where, true)
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  const shown: PythonDict = new Map()
  for (const [name, value] of values) shown.set(name, [formatted(value)])
  say(
    run,
    'execution_error',
    {
      ...where,
      exception_message: `${message}\n`,
      exception_type: error instanceof PythonError ? error.pythonType : 'Exception',
      traceback: pythonTraceback(run.world.directories, 'execute', 'get_output_data(prompt_id, unique_id, obj)'),
      current_inputs: shown,
      current_outputs: [...run.item.prompt.keys()],
    },
    false,
  )
}

/** `add_message`: kept for the history, sent to the client; a broadcast one to everybody when there is no client. */
function say(run: Run, event: string, extra: Record<string, Plain>, broadcast: boolean, idLast = false): void {
  const id = { prompt_id: run.item.promptId }
  const data = dict({ ...(idLast ? { ...extra, ...id } : { ...id, ...extra }), timestamp: Date.now() })
  run.messages.push([event, data])
  if (isClient(run.client) || broadcast) run.world.sockets.sendEvent(event, data, run.client)
}

function sendToClient(run: Run, event: string, data: Plain): void {
  if (isClient(run.client)) run.world.sockets.sendEvent(event, data, run.client)
}

function isClient(client: Addressee): boolean {
  return client !== undefined && client !== null
}

function metaOf(nodeId: string): PythonDict {
  return dict({ node_id: nodeId, display_node: nodeId, parent_node: null, real_node_id: nodeId })
}

function formatted(value: NodeValue): PythonValue {
  if (isResource(value)) return describe(value)
  return value === null || typeof value !== 'object' || isFloat(value) ? value : describe(value)
}
