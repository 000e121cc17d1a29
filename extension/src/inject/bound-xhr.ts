/** How does an XMLHttpRequest carry the page's credentials and outlive the end of a session? */
import { errorCodeHeader } from '@gatehouse/shared/page-binding'
import type { Credentials } from './credentials.ts'
import { isKeptBack } from './kept-back.ts'
import type { LoginGate } from './login-gate.ts'
import { bindingHeaders, type HeaderPair, lastingHeaders } from './own-headers.ts'
import { findOwnUrl, type PageAddress } from './own-origin.ts'
import { tellOldProof } from './tell-old-proof.ts'

interface Parts {
  readonly native: typeof XMLHttpRequest
  readonly credentials: Credentials
  readonly gate: LoginGate
  readonly address: PageAddress
}

/** One `open()` of an own URL: what is needed to do it again on the same object. */
interface Call {
  readonly method: string
  readonly url: string | URL
  readonly user: string | null | undefined
  readonly password: string | null | undefined
  readonly headers: HeaderPair[]
  readonly lasting: readonly HeaderPair[]
  body: Document | XMLHttpRequestBodyInit | null | undefined
  attempt: number
  phase: 'plain' | 'kept back' | 'waiting' | 'again'
}

const watched = ['readystatechange', 'loadstart', 'progress', 'load', 'loadend', 'error', 'abort', 'timeout']

/**
 * A class, because the page constructs, subclasses and patches it. Our listeners are the first of every object, so
 * they can keep the events of an answer from all others and run the same object once more: `responseType`, `timeout`,
 * listeners and identity stay what they were.
 */
export function createBoundXhr({ native, credentials, gate, address }: Parts): typeof XMLHttpRequest {
  return class XMLHttpRequest extends native {
    #call: Call | undefined

    constructor() {
      super()
      for (const type of watched) super.addEventListener(type, (event) => this.#filter(event))
    }

    override open(method: string, url: string | URL, ...rest: [boolean?, (string | null)?, (string | null)?]): void {
      const [isAsync = rest.length === 0, user, password] = rest
      const own = isAsync ? findOwnUrl(url, address) : undefined // a synchronous request cannot wait for a login
      this.#call = own && {
        method,
        url,
        user,
        password,
        headers: [],
        lasting: lastingHeaders(method, own),
        body: undefined,
        attempt: 1,
        phase: 'plain',
      }
      super.open(method, url, isAsync, user, password)
    }

    override setRequestHeader(name: string, value: string): void {
      super.setRequestHeader(name, value)
      this.#call?.headers.push([name, value])
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      const call = this.#call
      if (call !== undefined) {
        call.body = body
        this.#bind(call)
      }
      super.send(body)
    }

    override abort(): void {
      const isWaiting = this.#call?.phase === 'waiting'
      this.#call = undefined
      super.abort()
      // The native object is done already and would say nothing; its caller still waits.
      if (isWaiting) for (const type of ['abort', 'loadend']) this.dispatchEvent(new ProgressEvent(type))
    }

    #bind(call: Call): void {
      const isSet = (name: string) => call.headers.some((pair) => pair[0].toLowerCase() === name.toLowerCase())
      for (const [name, value] of call.lasting) if (!isSet(name)) super.setRequestHeader(name, value)
      for (const [name, value] of bindingHeaders(call.method, credentials)) super.setRequestHeader(name, value)
    }

    #filter(event: Event): void {
      const call = this.#call
      if (call === undefined) return
      if (/^(?:error|abort|timeout)$/.test(event.type)) call.phase = 'plain'
      if (event.type === 'readystatechange' && this.readyState === this.HEADERS_RECEIVED) {
        const code = this.getResponseHeader(errorCodeHeader)
        tellOldProof(code)
        call.phase = isKeptBack(this.status, code, call.attempt) ? 'kept back' : 'plain'
      }
      const isRestart = event.type === 'loadstart' || this.readyState <= this.OPENED
      if (call.phase === 'plain' || (call.phase === 'again' && !isRestart)) return
      event.stopImmediatePropagation()
      if (call.phase === 'kept back' && event.type === 'loadend') void this.#wait(call)
    }

    async #wait(call: Call): Promise<void> {
      call.phase = 'waiting'
      await gate.pass()
      if (this.#call !== call) return // aborted or opened anew meanwhile
      call.attempt += 1
      call.phase = 'again'
      super.open(call.method, call.url, true, call.user, call.password)
      for (const [name, value] of call.headers) super.setRequestHeader(name, value)
      this.#bind(call)
      super.send(call.body)
    }
  }
}
