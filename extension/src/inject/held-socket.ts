/** What does the page hold instead of a native WebSocket of its own host? One whose handshake outlives a session. */

export interface HeldSocketParts {
  readonly url: string
  /** Starts one handshake. */
  readonly dial: () => WebSocket
  /** What a handshake must wait for; undefined when nothing is held. */
  readonly shut: () => Promise<void> | undefined
  /** Whether a handshake that was refused is worth another: only a missing login is. */
  readonly isWorthAnother: () => Promise<boolean>
  readonly onText: (text: string) => void
}

const states = { connecting: 0, open: 1, closing: 2, closed: 3 } as const

const handlerNames = ['onopen', 'onmessage', 'onerror', 'onclose'] as const

/** An event target that looks like a WebSocket and passes everything on to the native one behind it. */
export class HeldSocket extends EventTarget {
  readonly #parts: HeldSocketParts
  #inner: WebSocket | undefined
  #binaryType: BinaryType = 'blob'
  #closing: 'not' | 'closing' | 'closed' = 'not'

  constructor(parts: HeldSocketParts) {
    super()
    this.#parts = parts
    // At once where nothing is held, so that wrong arguments throw where the page made them.
    if (parts.shut() === undefined) this.#inner = parts.dial()
    void this.#connect()
  }

  async #connect(): Promise<void> {
    try {
      do {
        await this.#parts.shut()
        if (this.#closing !== 'not') break
        this.#inner ??= this.#parts.dial()
        this.#inner.binaryType = this.#binaryType
        if (await this.#run(this.#inner)) return
        this.#inner = undefined
      } while ((await this.#parts.isWorthAnother()) && this.#closing === 'not')
    } catch {
      // The native constructor refused the arguments after a wait: to the page that is a failed handshake.
    }
    if (this.#closing === 'not') this.#fail()
  }

  /** Whether the handshake succeeded, known when the socket opened or closed. */
  #run(inner: WebSocket): Promise<boolean> {
    return new Promise((settle) => {
      let isOpen = false
      inner.onopen = () => {
        isOpen = true
        settle(true)
        this.dispatchEvent(new Event('open'))
      }
      inner.onmessage = ({ data, origin }: MessageEvent<unknown>) => {
        if (typeof data === 'string') this.#parts.onText(data)
        this.dispatchEvent(new MessageEvent('message', { data, origin }))
      }
      inner.onerror = () => {
        if (isOpen) this.dispatchEvent(new Event('error'))
      }
      inner.onclose = ({ code, reason, wasClean }) => {
        if (!isOpen && this.#closing === 'not') return settle(false)
        settle(true)
        if (!isOpen) this.dispatchEvent(new Event('error'))
        this.#end({ code, reason, wasClean })
      }
    })
  }

  #fail(): void {
    this.#closing = 'closing'
    this.dispatchEvent(new Event('error'))
    this.#end({ code: 1006, reason: '', wasClean: false })
  }

  #end(how: CloseEventInit): void {
    this.#closing = 'closed'
    this.dispatchEvent(new CloseEvent('close', how))
  }

  close(code?: number, reason?: string): void {
    if (this.#inner !== undefined) {
      // Arguments are counted by the native method: an absent code is not `undefined`.
      if (code === undefined) this.#inner.close()
      else this.#inner.close(code, reason)
      if (this.#closing === 'not') this.#closing = 'closing'
    } else if (this.#closing === 'not') {
      this.#closing = 'closing'
      queueMicrotask(() => this.#fail())
    }
  }

  send(data: Parameters<WebSocket['send']>[0]): void {
    if (this.readyState === states.connecting || this.#inner === undefined) {
      throw new DOMException('Still in CONNECTING state.', 'InvalidStateError')
    }
    this.#inner.send(data)
  }

  get readyState(): number {
    const isOpen = this.#inner?.readyState === states.open
    return this.#closing === 'not' ? (isOpen ? states.open : states.connecting) : states[this.#closing]
  }
  get url(): string {
    return this.#parts.url
  }
  get bufferedAmount(): number {
    return this.#inner?.bufferedAmount ?? 0
  }
  get extensions(): string {
    return this.#inner?.extensions ?? ''
  }
  get protocol(): string {
    return this.#inner?.protocol ?? ''
  }
  get binaryType(): BinaryType {
    return this.#binaryType
  }
  set binaryType(value: BinaryType) {
    if (value !== 'blob' && value !== 'arraybuffer') return
    this.#binaryType = value
    if (this.#inner !== undefined) this.#inner.binaryType = value
  }
}

for (const name of handlerNames) {
  const handlers = new WeakMap<HeldSocket, unknown>()
  Object.defineProperty(HeldSocket.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: HeldSocket) {
      return handlers.get(this) ?? null
    },
    set(this: HeldSocket, handler: unknown) {
      if (!handlers.has(this)) {
        this.addEventListener(name.slice(2), (event) => {
          const current = handlers.get(this)
          if (typeof current === 'function') Reflect.apply(current, this, [event])
        })
      }
      handlers.set(this, handler)
    },
  })
}
