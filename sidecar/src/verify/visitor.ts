/** How does a visitor of the running installation act? Requests and a socket, with one credential or none. */
import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface Answer {
  readonly status: number
  /** Status, headers and body as one text, without what differs between any two answers. */
  readonly whole: string
  readonly text: string
}

export interface Visitor {
  readonly name: string
  /** The tenant's folder inside ComfyUI; no answer may ever hold it. */
  readonly folderKey: string
  get(path: string): Promise<Answer>
  send(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<Answer>
  upload(filename: string, bytes: Uint8Array<ArrayBuffer>): Promise<Answer>
  /** Hears what ComfyUI tells until it is closed. */
  listen(clientId: string): Promise<Ear>
}

export interface Ear {
  heard(): string
  close(): void
}

export interface VisitorOptions {
  readonly name: string
  readonly address: string
  /** An API key; undefined for a stranger. */
  readonly key: string | undefined
  readonly folderKey: string
}

const patienceMs = 15_000

/** @throws TypeError when nothing answers at the address */
export function createVisitor({ name, address, key, folderKey }: VisitorOptions): Visitor {
  const credential: Readonly<Record<string, string>> = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = new Headers(init.headers)
    for (const [header, value] of Object.entries(credential)) headers.set(header, value)
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await fetch(`${address}${path}`, { redirect: 'manual', ...init, headers, signal })
    const text = await answer.text()
    const told = [...answer.headers].filter(([header]) => !volatile.has(header)).map((pair) => pair.join(': '))
    return { status: answer.status, text, whole: [answer.status, ...told, '', text].join('\n') }
  }
  return {
    name,
    folderKey,
    get: (path) => ask(path),
    send: (method, path, body) =>
      ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    upload: (filename, bytes) => {
      const form = new FormData()
      form.append('image', new Blob([bytes]), filename)
      return ask('/upload/image', { method: 'POST', body: form })
    },
    listen: (clientId) => listen(`${address.replace(/^http/, 'ws')}/ws?clientId=${clientId}`, credential),
  }
}

/** Differ between any two answers; a rate limit counts the question, whatever it is about. */
const volatile: ReadonlySet<string> = new Set(['date', 'ratelimit', 'ratelimit-policy', 'retry-after'])

async function listen(url: string, headers: Readonly<Record<string, string>>): Promise<Ear> {
  const socket = new WebSocket(url, { headers, handshakeTimeout: patienceMs })
  const frames: string[] = []
  socket.on('message', (raw: Buffer) => frames.push(raw.toString('latin1')))
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return { heard: () => frames.join('\n'), close: () => socket.terminate() }
}
