/** What does an application know of Gatehouse, and what is left when it is done? */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type Graph, parseRecord } from '../../support/person.ts'

export interface AppSetting {
  readonly address: string
  /** What its user typed into the field for a token. */
  readonly token: string
}

export interface AppResult {
  readonly promptId: string
  readonly images: readonly Buffer[]
}

export type App = (setting: AppSetting, graph: Graph) => Promise<AppResult>

export interface Picture {
  readonly filename: string
  readonly subfolder: string
  readonly type: string
}

/** Every picture of a history entry, in the order of its nodes. */
export function picturesOf(entry: unknown): readonly Picture[] {
  const outputs = Object.values(parseRecord(parseRecord(entry).outputs))
  return outputs.flatMap((output) => {
    const { images } = parseRecord(output)
    return Array.isArray(images) ? images.map(parsePicture) : []
  })
}

/** An open socket, and a promise of the `executing` message that ends a job. */
export async function openSocket(url: string, headers: Readonly<Record<string, string>>) {
  const socket = new WebSocket(url, { headers })
  const ended = new Set<unknown>()
  const watchers = new Set<() => void>()
  socket.on('message', (raw: Buffer, isBinary: boolean) => {
    if (isBinary) return
    const { type, data } = parseRecord(JSON.parse(raw.toString('utf8')))
    const { node, prompt_id } = typeof data === 'object' && data !== null ? parseRecord(data) : {}
    if (type === 'executing' && node === null) ended.add(prompt_id)
    for (const look of watchers) look()
  })
  await once(socket, 'open')
  const ends = (promptId: string): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('the socket closed before the job ended')))
      const look = (): void => {
        if (ended.has(promptId)) resolve()
      }
      watchers.add(look)
      look()
    })
  return { ends, close: () => socket.close() }
}

/** The body of an answer that the application would go on with. */
export async function jsonOf(answer: Response): Promise<Record<string, unknown>> {
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return parseRecord(await answer.json())
}

export async function bytesOf(answer: Response): Promise<Buffer> {
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}

function parsePicture(value: unknown): Picture {
  const { filename, subfolder, type } = parseRecord(value)
  return { filename: String(filename), subfolder: String(subfolder), type: String(type) }
}
