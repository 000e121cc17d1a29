/** How does a test listen on ComfyUI's WebSocket? Every frame is kept; waiting is for a frame, never for time. */
import { WebSocket } from 'ws'
import { at, type Parsed } from './client.ts'
import type { Target } from './target.ts'

export interface BinaryFrame {
  readonly type: number
  readonly payload: Buffer
}

export interface Listener {
  readonly events: readonly Parsed[]
  readonly frames: readonly BinaryFrame[]
  /** The first event, past or to come, of which the test is true. */
  readonly heard: (is: (event: Parsed) => boolean) => Promise<Parsed>
  readonly frame: (type: number) => Promise<BinaryFrame>
  /** Names of the events of a prompt, in order; repeated ones are named once in a row. */
  readonly story: (promptId: string) => readonly string[]
  /** `executing` with no node, the last event of a prompt. */
  readonly ended: (promptId: string) => Promise<Parsed>
  readonly send: (message: unknown) => void
  readonly close: () => Promise<void>
  readonly isOpen: () => boolean
}

const patienceMs = 15_000

/** Resolves with the greeting heard. */
export async function listen(target: Target, clientId?: string, path = '/ws'): Promise<Listener> {
  const query = clientId === undefined ? '' : `?clientId=${encodeURIComponent(clientId)}`
  const socket = new WebSocket(`ws://127.0.0.1:${target.port}${path}${query}`)
  const events: Parsed[] = []
  const frames: BinaryFrame[] = []
  const watchers = new Set<() => void>()
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) frames.push({ type: data.readUInt32BE(0), payload: data.subarray(4) })
    else events.push(JSON.parse(data.toString('utf8')))
    for (const watcher of [...watchers]) watcher()
  })
  const wait = <T>(find: () => T | undefined, what: string) =>
    new Promise<T>((done, failed) => {
      const timer = setTimeout(() => {
        watchers.delete(look)
        failed(new Error(`not heard: ${what}; heard ${JSON.stringify(events.slice(-8))}`))
      }, patienceMs)
      const look = () => {
        const found = find()
        if (found === undefined) return
        watchers.delete(look)
        clearTimeout(timer)
        done(found)
      }
      watchers.add(look)
      look()
    })
  const heard = (is: (event: Parsed) => boolean) => wait(() => events.find(is), is.toString())
  await new Promise<void>((done, failed) => {
    socket.once('open', done)
    socket.once('error', failed)
  })
  await heard((event) => at(event, 'type') === 'status')
  return {
    events,
    frames,
    heard,
    frame: (type) => wait(() => frames.find((frame) => frame.type === type), `frame of type ${type}`),
    story: (promptId) => storyOf(events, promptId),
    ended: (promptId) =>
      heard(
        (event) =>
          at(event, 'type') === 'executing' && at(event, 'data', 'node') === null && promptOf(event) === promptId,
      ),
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    close: () =>
      new Promise<void>((done) => {
        socket.once('close', () => done())
        socket.close()
      }),
    isOpen: () => socket.readyState === WebSocket.OPEN,
  }
}

export function promptOf(event: Parsed): Parsed {
  return at(event, 'data', 'prompt_id')
}

function storyOf(events: readonly Parsed[], promptId: string): string[] {
  const names = events
    .filter((event) => promptOf(event) === promptId)
    .map((event) => {
      const node = at(event, 'data', 'node')
      const name = String(at(event, 'type'))
      return name === 'executing' || name === 'executed' ? `${name} ${node}` : name
    })
  return names.filter((name, index) => name !== names[index - 1])
}
