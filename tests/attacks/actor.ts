/** How does somebody of the attack suite act? Every request is counted, and no answer may hold what is the victim's. */
import { once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { type AskOptions, ask, type Reply } from '../security/ask.ts'
import { exchangeRaw, type RawAnswer, rawRequest } from '../security/raw-socket.ts'
import type { Prefix, Who } from './attack.ts'

export interface ActorOptions {
  readonly who: Who | 'victim'
  readonly name: string
  readonly address: string
  readonly prefix: Prefix
  /** Empty for a stranger. */
  readonly key: string
  readonly folderKey: string
  /** Words that no answer may hold, unless the request said them. */
  readonly secrets: readonly string[]
}

export interface Actor {
  readonly who: Who | 'victim'
  readonly name: string
  readonly key: string
  readonly folderKey: string
  /** `{ authorization }`, or nothing for a stranger. */
  readonly credential: Readonly<Record<string, string>>
  /** Requests, sockets and other tries so far. */
  tries(): number
  /** On the own side of `/api`. */
  ask(method: string, path: string, options?: AskOptions): Promise<Reply>
  post(path: string, body: unknown): Promise<Reply>
  /** Bytes as they are; the target gets no prefix. */
  raw(line: string, headers?: readonly string[], body?: string): Promise<RawAnswer>
  opens(query?: string, headers?: Readonly<Record<string, string>>): Promise<Heard>
  uploads(filename: string, fields?: Readonly<Record<string, string>>, path?: string): Promise<Reply>
  /** Something that is tried without a request of ours. */
  triesOtherwise(): void
}

export interface Heard extends Disposable {
  /** 101, or what the refusal said. */
  readonly status: number
  /** Every frame as text. */
  readonly frames: readonly string[]
  readonly closed: Promise<number>
  hears(what: string): Promise<void>
}

export function createActor(options: ActorOptions): Actor {
  const { who, name, address, prefix, key, folderKey, secrets } = options
  const credential: Readonly<Record<string, string>> = key === '' ? {} : { authorization: `Bearer ${key}` }
  let count = 0
  const judge = (asked: string, status: number, answered: string): void => {
    count += 1
    if (who === 'victim' || who === 'owner') return
    for (const word of secrets) {
      if (!asked.includes(word)) expect(answered.includes(word), `${name} is told ${word} by ${asked}`).toBe(false)
    }
    if (who !== 'anonymous') return
    expect(status, `${asked} by a stranger`).toBeGreaterThanOrEqual(400)
    expect(status, `${asked} by a stranger`).toBeLessThan(500)
  }
  const send: Actor['ask'] = async (method, path, sent = {}) => {
    const target = `${prefix}${path}`
    const reply = await ask({ address }, method, target, { ...sent, headers: { ...credential, ...sent.headers } })
    judge(`${method} ${target} ${String(sent.body ?? '')}`, reply.status, reply.body + JSON.stringify(reply.headers))
    return reply
  }
  return {
    who,
    name,
    key,
    folderKey,
    credential,
    tries: () => count,
    ask: send,
    post: (path, body) =>
      send('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    raw: async (line, headers = [], body = '') => {
      const own = key === '' ? [] : [`Authorization: Bearer ${key}`]
      const answer = await exchangeRaw(address, rawRequest(line, [...own, ...headers], body))
      judge(`${line} ${body}`, answer.status, answer.text)
      return answer
    },
    opens: async (query = '', headers = {}) => {
      const url = `${address.replace('http', 'ws')}${prefix}/ws${query}`
      const heard = await openSocket(url, { ...credential, ...headers })
      // What it hears is judged by the attack; whoever brings a cookie is no stranger.
      judge(`socket ${url}`, headers.cookie === undefined ? heard.status : 400, '')
      return heard
    },
    uploads: (filename, fields = {}, path = '/upload/image') =>
      send('POST', path, {
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: form(filename, fields),
      }),
    triesOtherwise: () => {
      count += 1
    },
  }
}

export const boundary = 'boundary-of-an-attack'

export function form(filename: string, fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${filename}"\r\nContent-Type: image/png\r\n\r\n`
  return Buffer.concat([Buffer.from(`${parts.join('')}${file}`), pixels, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

/** A PNG with a word behind its end, which tells whose bytes were given. */
const pixels = Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
])

async function openSocket(url: string, headers: Readonly<Record<string, string>>): Promise<Heard> {
  const socket = new WebSocket(url, { headers })
  const frames: string[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data: Buffer) => {
    frames.push(data.toString('latin1'))
    for (const wake of [...waiting]) wake()
  })
  socket.on('error', () => undefined)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const refused = once(socket, 'unexpected-response').then(([, response]) => Number(response.statusCode))
  const status = await Promise.race([once(socket, 'open').then(() => 101), refused])
  const hears = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!frames.some((frame) => frame.includes(what))) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { status, frames, closed, hears, [Symbol.dispose]: () => socket.terminate() }
}
