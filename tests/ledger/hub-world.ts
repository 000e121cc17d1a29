/** What does a hub test need? A ledger, the hub between a fake ComfyUI and real sockets, and listeners that keep what they heard. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@gatehouse/shared/json'
import type { Principal } from '@gatehouse/shared/principal'
import { expect } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createHub, type Hub, type HubDependencies } from '../../sidecar/src/hub/hub.ts'
import { systemClock } from '../../sidecar/src/ledger/ports.ts'
import { ownFeatureFlags } from '../../sidecar/src/transform/feature-flags.ts'
import { graph, type LedgerWorld, nodeId, startLedgerWorld, submitted } from './ledger-world.ts'

export interface HubWorld {
  readonly base: LedgerWorld
  readonly hub: Hub
  /** Opens a socket to the hub; resolves once it was greeted. */
  join(who: Principal, clientId?: string): Promise<Listener>
  /** Why sockets could not join. */
  readonly failures: readonly unknown[]
  [Symbol.asyncDispose](): Promise<void>
}

export interface Heard {
  readonly type: string
  readonly data: JsonObject
}

export interface Listener {
  readonly socket: WebSocket
  readonly texts: Heard[]
  readonly binaries: Buffer[]
  readonly closed: Promise<number>
  /** What came about jobs; counts come on their own time. */
  events(): readonly Heard[]
  of(type: string): readonly JsonObject[]
}

interface HubOptions
  extends Pick<HubDependencies, 'allowEvents' | 'maxSockets'>,
    Partial<Pick<HubDependencies, 'clock'>> {
  /** Stands between the hub and the ledger. */
  readonly between?: (ledger: HubDependencies['ledger']) => HubDependencies['ledger']
}

export async function startHubWorld({ between, ...options }: HubOptions = {}): Promise<HubWorld> {
  const base = await startLedgerWorld()
  const hub = createHub({
    connect: (clientId) => new WebSocket(`${base.comfyui.url.replace('http', 'ws')}/ws?clientId=${clientId}`),
    ledger: between === undefined ? base.ledger.hubSide : between(base.ledger.hubSide),
    clock: systemClock,
    log: { info: () => undefined, error: () => undefined },
    featureFlags: (flags) => ownFeatureFlags(flags, { manager: false, maxUploadBytes: 1_000 }),
    ...options,
  })
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const people = new Map<string, Principal>()
  const failures: unknown[] = []
  server.on('upgrade', (request, socket, head) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    const principal = people.get(query.get('who') ?? '')
    if (principal === undefined) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (joined) => {
      const clientId = query.get('clientId') ?? undefined
      hub.join(joined, { principal, clientId, wire: socket }).catch((error: unknown) => failures.push(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = parseAddress(server.address())
  hub.start()
  await expect.poll(() => base.comfyui.clientMessages.length).toBeGreaterThan(0)
  return {
    base,
    hub,
    failures,
    join: async (who, clientId) => {
      people.set(who.userName, who)
      const query = new URLSearchParams({ who: who.userName, ...(clientId === undefined ? {} : { clientId }) })
      const listener = listen(new WebSocket(`ws://127.0.0.1:${port}/ws?${query}`))
      await Promise.race([expect.poll(() => listener.of('status').length).toBeGreaterThan(0), listener.closed])
      return listener
    },
    [Symbol.asyncDispose]: async () => {
      hub.stop()
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
      await base[Symbol.asyncDispose]()
    },
  }
}

/** A prompt of `who`, from the tab of that id. */
export function queueIn({ base }: HubWorld, who: Principal, mark: number, client_id: string): Promise<string> {
  return submitted(base.ledger, who, graph(mark, { client_id }))
}

/** Runs the next prompt to its end, with everything ComfyUI tells meanwhile. */
export function runIn(
  { base: { comfyui } }: HubWorld,
  who: Principal,
  tell: (upstreamId: string) => void = () => undefined,
  outputs = {},
): string {
  const { id } = comfyui.start()
  comfyui.emit('executing', { node: nodeId(who, '2'), display_node: nodeId(who, '2'), prompt_id: id })
  tell(id)
  comfyui.finish(outputs)
  return id
}

export async function heardTheEnd(listener: Listener, jobId: string): Promise<void> {
  await expect
    .poll(() => listener.of('executing').some((data) => data.node === null && data.prompt_id === jobId))
    .toBe(true)
}

function listen(socket: WebSocket): Listener {
  const texts: Heard[] = []
  const binaries: Buffer[] = []
  socket.on('message', (data, isBinary) => {
    if (isBinary) binaries.push(parseBytes(data))
    else texts.push(parseHeard(String(data)))
  })
  socket.on('error', () => socket.terminate())
  return {
    socket,
    texts,
    binaries,
    closed: new Promise((resolve) => socket.on('close', resolve)),
    events: () => texts.filter(({ type }) => type !== 'status' && type !== 'gatehouse_queue'),
    of: (type) => texts.filter((heard) => heard.type === type).map(({ data }) => data),
  }
}

function parseHeard(text: string): Heard {
  return JSON.parse(text) as Heard
}

function parseBytes(data: unknown): Buffer {
  return data as Buffer
}

function parseAddress(address: AddressInfo | string | null): AddressInfo {
  return address as AddressInfo
}
