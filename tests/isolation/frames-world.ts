/** Who hears a frame? alice's job is held in the middle, bob's waits behind it, and a test says what ComfyUI tells meanwhile. */
import { type SteppedComfyui, startPracticeComfyui } from '../practice-comfyui/start.ts'
import type { Graph, Job, Listener, Message } from '../support/person.ts'
import { until } from '../support/person.ts'
import { createWorld, type World } from '../support/world.ts'

/** An event type of a pack that the operator of this world allows. */
export const allowedEvent = 'pack-progress'

/** A job inside ComfyUI. */
export interface Inside extends Job {
  readonly upstreamId: string
  /** The id of an own node, as ComfyUI knows it. */
  node(own: string): string
}

export interface FramesWorld extends AsyncDisposable {
  readonly world: World
  readonly comfyui: SteppedComfyui
  /** Runs, held before its first node, queued from the tab `shared`. */
  readonly hers: Inside
  /** Waits, queued from a tab of the same id. */
  readonly his: Inside
  readonly alice: Listener
  readonly bob: Listener
  /** Of alice's tenant, under the same client id. */
  readonly ann: Listener
  tell(type: string, data: unknown): void
  tellBinary(type: number, ...parts: readonly (Buffer | string | number)[]): void
  /** Everything told so far has been heard or dropped when this is done. */
  settled(): Promise<void>
}

const graph: Graph = {
  '1': { class_type: 'EmptyImage', inputs: { width: 16, height: 16, batch_size: 1, color: 1 } },
  '4': { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'frames' } },
}

export async function startFramesWorld(): Promise<FramesWorld> {
  const comfyui = await startPracticeComfyui()
  const world = await createWorld({
    comfyuiUrl: comfyui.url,
    config: (config) => ({ ...config, events: { ...config.events, allow: [allowedEvent] } }),
  })
  await until(async () => ((await world.alice.fetch('/ready')).status === 200 ? true : undefined))
  comfyui.hold()
  const known = new Set<string>()
  const queue = async (person: World['alice']): Promise<Inside> => {
    const job = await person.queues(graph, { client_id: 'shared' })
    const { running, pending } = comfyui.steps.jobs()
    const upstreamId = [...running, ...pending].find((id) => !known.has(id)) ?? ''
    known.add(upstreamId)
    const prefix = (comfyui.steps.nodes(upstreamId)[0] ?? '').slice(0, -1)
    return { ...job, upstreamId, node: (own) => prefix + own }
  }
  const alice = await world.alice.listens('shared')
  const hers = await queue(world.alice)
  await alice.hears(({ type }) => type === 'execution_start')
  const his = await queue(world.bob)
  const [bob, ann] = [await world.bob.listens('shared'), await world.ann.listens('shared')]
  let marks = 0
  const tell = (type: string, data: unknown) => comfyui.steps.emit(JSON.stringify({ type, data }))
  return {
    ...{ world, comfyui, hers, his, alice, bob, ann, tell },
    tellBinary: (type, ...parts) => comfyui.steps.emit(Buffer.concat([uint32(type), ...parts.map(toBytes)])),
    settled: async () => {
      marks += 1
      const mark = marks
      tell('progress', { value: mark, max: 1_000_000, prompt_id: hers.upstreamId, node: hers.node('1') })
      await alice.hears(({ type, data }) => type === 'progress' && data.max === 1_000_000 && data.value === mark)
    },
    [Symbol.asyncDispose]: async () => {
      for (const listener of [alice, bob, ann]) listener[Symbol.dispose]()
      await world[Symbol.asyncDispose]()
      await comfyui.close()
    },
  }
}

/** Everything about jobs but the marks of `settled`. */
export function heard(listener: Listener): readonly Message[] {
  return listener.messages.filter(
    ({ type, data }) =>
      !['status', 'feature_flags', 'gatehouse_queue'].includes(type) &&
      !(type === 'progress' && data.max === 1_000_000),
  )
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function toBytes(part: Buffer | string | number): Buffer {
  if (typeof part === 'number') return uint32(part)
  return typeof part === 'string' ? Buffer.from(part) : part
}
