/** What does ComfyUI do that the ledger and the hub depend on? A queue, a history and a socket that a test drives by hand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'

export interface FakeItem {
  readonly number: number
  readonly id: string
  readonly prompt: Readonly<
    Record<string, { readonly class_type: string; readonly inputs: Readonly<Record<string, unknown>> }>
  >
  readonly extraData: Readonly<Record<string, unknown>>
}

/** What the next `POST /prompt` does instead of being accepted. */
export type Mishap = 'refused' | 'lost before' | 'lost after'

export class FakeComfyui {
  readonly pending: FakeItem[] = []
  running: FakeItem | undefined
  readonly history = new Map<string, unknown>()
  /** Bodies of `POST /interrupt`, and ids of `POST /api/jobs/{id}/cancel`. */
  readonly interrupts: string[] = []
  readonly cancels: string[] = []
  /** Every prompt that was ever accepted. */
  readonly accepted: FakeItem[] = []
  readonly sockets = new Map<string, WebSocket>()
  readonly clientMessages: string[] = []
  readonly mishaps: Mishap[] = []
  /** Whether it has `POST /api/jobs/{id}/cancel`, as from 0.26 on. */
  hasJobsApi = true
  /** Called when a prompt is in the queue; it is answered when the promise is kept. */
  onPost: ((item: FakeItem) => void | Promise<void>) | undefined
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ server: this.#server })
  #port = 0

  async listen(port = 0): Promise<void> {
    this.#sockets.on('connection', (socket, request) => this.#greet(socket, request))
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.#port = parseAddress(this.#server.address()).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** What waits, in the order in which it will run. */
  order(): readonly FakeItem[] {
    return this.pending.toSorted((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1))
  }

  /** The worker takes the next prompt. */
  start(): FakeItem {
    const [next] = this.order()
    if (next === undefined) throw new Error('nothing waits')
    this.pending.splice(this.pending.indexOf(next), 1)
    this.running = next
    this.emit('execution_start', { prompt_id: next.id, timestamp: 1_000 })
    this.emit('execution_cached', { nodes: [], prompt_id: next.id, timestamp: 1_001 })
    return next
  }

  /** The running prompt ends. */
  finish(
    outputs: Readonly<Record<string, unknown>> = {},
    last: readonly [string, object] = ['execution_success', {}],
  ): FakeItem {
    const item = this.running
    if (item === undefined) throw new Error('nothing runs')
    const final = [last[0], { prompt_id: item.id, ...last[1], timestamp: 3_000 }] as const
    const success = last[0] === 'execution_success'
    this.emit(...final)
    this.running = undefined
    this.history.set(item.id, {
      prompt: [item.number, item.id, item.prompt, item.extraData, Object.keys(outputs)],
      outputs,
      status: {
        status_str: success ? 'success' : 'error',
        completed: success,
        messages: [
          ['execution_start', { prompt_id: item.id, timestamp: 1_000 }],
          ['execution_cached', { nodes: [], prompt_id: item.id, timestamp: 1_001 }],
          final,
        ],
      },
      meta: Object.fromEntries(
        Object.keys(outputs).map((node) => [
          node,
          { node_id: node, display_node: node, parent_node: null, real_node_id: node },
        ]),
      ),
    })
    this.emit('status', { status: { exec_info: { queue_remaining: this.pending.length } } })
    this.emit('executing', { node: null, prompt_id: item.id })
    return item
  }

  emit(type: string, data: object): void {
    for (const socket of this.sockets.values()) socket.send(JSON.stringify({ type, data }))
  }

  emitBinary(frame: Buffer): void {
    for (const socket of this.sockets.values()) socket.send(frame)
  }

  /** The process dies and comes back: memory gone, sockets cut. */
  restart(): void {
    this.pending.length = 0
    this.running = undefined
    this.history.clear()
    for (const socket of this.#sockets.clients) socket.terminate()
  }

  #greet(socket: WebSocket, request: IncomingMessage): void {
    const sid = new URL(request.url ?? '/', 'http://localhost').searchParams.get('clientId') ?? 'minted'
    this.sockets.set(sid, socket)
    // As ComfyUI: the end of any socket of an id removes whatever is registered under it.
    socket.on('close', () => this.sockets.delete(sid))
    socket.on('error', () => socket.terminate())
    socket.on('message', (message) => {
      this.clientMessages.push(String(message))
      socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true, assets: true } }))
    })
    socket.send(JSON.stringify({ type: 'status', data: { status: { exec_info: { queue_remaining: 0 } }, sid } }))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const body = await text(request).catch(() => '')
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const [, first, second] = path.split('/')
    if (request.method === 'GET' && path === '/queue') {
      return reply(response, 200, {
        queue_running: this.running ? [queueItem(this.running)] : [],
        queue_pending: this.pending.map(queueItem),
      })
    }
    if (request.method === 'GET' && first === 'history') {
      const entry = this.history.get(second ?? '')
      return reply(response, 200, entry === undefined ? {} : { [second ?? '']: entry })
    }
    if (path === '/prompt') return this.#prompt(parsePrompt(body), response)
    if (path === '/queue') {
      for (const id of parseDelete(body)) this.#remove(id)
      return reply(response, 200, undefined)
    }
    if (path.endsWith('/cancel') && this.hasJobsApi) return this.#cancel(path.split('/')[3] ?? '', response)
    if (path === '/interrupt') {
      this.interrupts.push(body)
      return reply(response, 200, undefined)
    }
    return reply(response, 404, undefined)
  }

  async #prompt(item: FakeItem, response: ServerResponse): Promise<ServerResponse> {
    const mishap = this.mishaps.shift()
    if (mishap === 'refused') {
      const [node = ''] = Object.keys(item.prompt)
      const errors = [
        { type: 'value_not_in_list', message: 'Value not in list', details: '', extra_info: { input_name: 'x' } },
      ]
      return reply(response, 400, {
        error: {
          type: 'prompt_outputs_failed_validation',
          message: 'Prompt outputs failed validation',
          details: '',
          extra_info: {},
        },
        node_errors: { [node]: { errors, dependent_outputs: [node], class_type: 'SaveImage' } },
      })
    }
    if (mishap !== 'lost before') {
      this.pending.push(item)
      this.accepted.push(item)
      await this.onPost?.(item)
    }
    if (mishap === undefined) return reply(response, 200, { prompt_id: item.id, number: item.number, node_errors: {} })
    return response.destroy()
  }

  #cancel(id: string, response: ServerResponse): ServerResponse {
    this.cancels.push(id)
    const known = this.running?.id === id || this.#remove(id)
    return reply(response, 200, { cancelled: known })
  }

  #remove(id: string): boolean {
    const index = this.pending.findIndex((item) => item.id === id)
    if (index >= 0) this.pending.splice(index, 1)
    return index >= 0
  }
}

function queueItem(item: FakeItem) {
  return [item.number, item.id, item.prompt, item.extraData, []]
}

function reply(response: ServerResponse, status: number, value: unknown): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json' })
  return response.end(value === undefined ? '' : JSON.stringify(value))
}

function parsePrompt(body: string): FakeItem {
  const sent = JSON.parse(body === '' ? '{}' : body) as SentPrompt
  return {
    number: sent.number,
    id: sent.prompt_id,
    prompt: sent.prompt,
    extraData: { ...sent.extra_data, client_id: sent.client_id },
  }
}

interface SentPrompt {
  readonly number: number
  readonly prompt_id: string
  readonly prompt: FakeItem['prompt']
  readonly extra_data: object
  readonly client_id: string
}

function parseDelete(body: string): readonly string[] {
  return (JSON.parse(body) as { delete?: string[] }).delete ?? []
}

function parseAddress(address: AddressInfo | string | null): AddressInfo {
  return address as AddressInfo
}
