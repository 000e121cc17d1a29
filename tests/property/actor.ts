/** Who acts in a story, and what do they have in hand? One person, their jobs and their open sockets. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { hasRead } from '../practice-comfyui/steps.ts'

/** Everybody who can be in a story, and whose tenant they are in. The first tenant is the one that is watched. */
export const cast = {
  alice: 'acme',
  ann: 'acme',
  bob: 'birch',
  ben: 'birch',
  carl: 'cedar',
  dora: 'dune',
} as const

export type Name = keyof typeof cast

export function isWatched(name: Name): boolean {
  return cast[name] === cast.alice
}

export interface Actor {
  readonly name: Name
  /** What they are called in this run. */
  readonly userName: string
  readonly tenantName: string
  readonly key: string
  readonly keyId: string
  readonly folderKey: string
  /** Ids of own jobs, in the order in which they were accepted. */
  readonly jobs: string[]
  readonly sockets: OpenSocket[]
}

export interface OpenSocket {
  readonly clientId: string
  readonly socket: WebSocket
  /** Takes what was heard since the last time. */
  take(): readonly (string | Buffer)[]
  /** Until everything that was sent has been read. */
  read(): Promise<void>
  close(): Promise<void>
}

export async function openSocket(
  address: string,
  key: string,
  options: { readonly clientId: string; readonly wantsMetadata: boolean },
): Promise<OpenSocket> {
  const query = options.clientId === '' ? '' : `?clientId=${encodeURIComponent(options.clientId)}`
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws${query}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  let heard: (string | Buffer)[] = []
  socket.on('message', (raw: Buffer, isBinary: boolean) => heard.push(isBinary ? raw : raw.toString('utf8')))
  socket.on('close', (code) => heard.push(`closed with ${code}`))
  await once(socket, 'open')
  if (options.wantsMetadata)
    socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
  const read = (): Promise<void> => hasRead(socket)
  await read()
  return {
    clientId: options.clientId,
    socket,
    take: () => {
      const taken = heard
      heard = []
      return taken
    },
    read,
    close: async () => {
      if (socket.readyState === socket.CLOSED) return
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
