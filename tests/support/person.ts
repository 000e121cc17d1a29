/** How does one of the cast act? Requests, sockets and jobs with only a credential added. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { isWithoutWalls } from '../without-walls/which-world.ts'

export interface PersonOptions {
  readonly name: string
  readonly address: string
  /** An API key; undefined for a stranger. */
  readonly key: string | undefined
  readonly folderKey?: string
}

export type Graph = Readonly<
  Record<string, { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }>
>

export interface Person {
  readonly name: string
  readonly key: string
  /** The tenant's folder inside ComfyUI; no answer may ever hold it. */
  readonly folderKey: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  json(path: string, init?: RequestInit): Promise<Record<string, unknown>>
  post(path: string, body: unknown): Promise<Response>
  /** Queues a graph and waits until ComfyUI took it. */
  queues(graph: Graph, more?: Readonly<Record<string, unknown>>): Promise<Job>
  uploads(filename: string, bytes: Uint8Array, fields?: Readonly<Record<string, string>>): Promise<Response>
  listens(clientId?: string): Promise<Listener>
}

export interface Job {
  readonly id: string
  /** Waits until it is in the owner's history, and gives that entry. */
  finishes(): Promise<Record<string, unknown>>
}

export interface Message {
  readonly type: string
  readonly data: Record<string, unknown>
}

export interface Listener extends Disposable {
  readonly messages: readonly Message[]
  readonly binary: readonly Buffer[]
  readonly socket: WebSocket
  /** The first message, past or future, that fits. */
  hears(what: (message: Message) => boolean): Promise<Message>
}

const pollMs = 20
/** What never comes in a world without walls is not waited for long. */
const patienceMs = isWithoutWalls ? 3_000 : 10_000

export function createPerson(options: PersonOptions): Person {
  const { address, key } = options
  const call = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`)
    return fetch(`${address}${path}`, { redirect: 'manual', ...init, headers })
  }
  const json = async (path: string, init?: RequestInit) => parseRecord(await (await call(path, init)).json())
  const post = (path: string, body: unknown): Promise<Response> =>
    call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return {
    name: options.name,
    key: key ?? '',
    folderKey: options.folderKey ?? '',
    fetch: call,
    json,
    post,
    queues: async (graph, more = {}) => {
      const answer = await post('/prompt', { prompt: graph, ...more })
      const body = parseRecord(await answer.json())
      if (answer.status !== 200) throw new Error(`${options.name} could not queue: ${JSON.stringify(body)}`)
      const id = String(body.prompt_id)
      return { id, finishes: () => finished(json, id) }
    },
    uploads: (filename, bytes, fields = {}) => {
      const form = new FormData()
      form.append('image', new Blob([Uint8Array.from(bytes)]), filename)
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      return call('/upload/image', { method: 'POST', body: form })
    },
    listens: (clientId) => listen(address, key, clientId),
  }
}

async function finished(json: Person['json'], id: string): Promise<Record<string, unknown>> {
  const entry = await until(async () => (await json(`/history/${id}`))[id])
  return parseRecord(entry)
}

/** Asks again until there is an answer: a condition, not a time. */
export async function until<T>(ask: () => Promise<T | undefined>, patience = patienceMs): Promise<T> {
  const startedAt = Date.now()
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    if (Date.now() - startedAt > patience) throw new Error('it did not happen')
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

async function listen(address: string, key: string | undefined, clientId: string | undefined): Promise<Listener> {
  const query = clientId === undefined ? '' : `?clientId=${encodeURIComponent(clientId)}`
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws${query}`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  })
  const messages: Message[] = []
  const binary: Buffer[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (raw: Buffer, isBinary: boolean) => {
    if (isBinary) binary.push(raw)
    else messages.push(parseMessage(raw.toString('utf8')))
    for (const wake of [...waiting]) wake()
  })
  await once(socket, 'open')
  const hears = (what: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not heard; heard ${JSON.stringify(messages)}`)), patienceMs)
      const look = (): void => {
        const found = messages.find(what)
        if (found === undefined) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { messages, binary, socket, hears, [Symbol.dispose]: () => socket.terminate() }
}

export function parseRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${JSON.stringify(value)}`)
  return value as Record<string, unknown>
}

function parseMessage(text: string): Message {
  const { type, data } = parseRecord(JSON.parse(text))
  return { type: String(type), data: typeof data === 'object' && data !== null ? parseRecord(data) : {} }
}
