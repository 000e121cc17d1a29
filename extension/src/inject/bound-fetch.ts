/** How does `fetch` carry the page's credentials and outlive the end of a session? */
import { errorCodeHeader } from '@gatehouse/shared/page-binding'
import type { Credentials } from './credentials.ts'
import { isKeptBack } from './kept-back.ts'
import type { LoginGate } from './login-gate.ts'
import { bindingHeaders, lastingHeaders } from './own-headers.ts'
import { findOwnUrl, type PageAddress } from './own-origin.ts'
import { tellOldProof } from './tell-old-proof.ts'

interface Parts {
  readonly nativeFetch: typeof fetch
  readonly credentials: Credentials
  readonly gate: LoginGate
  readonly address: PageAddress
}

interface Plan {
  readonly method: string
  readonly headers: Headers
  readonly signal: AbortSignal | undefined
  readonly isRepeatable: boolean
  /** The next attempt's input; a request with a body is cloned before each, because sending consumes it. */
  input(): RequestInfo | URL
}

/** A `fetch` for the page; foreign URLs and whatever we do not understand go to the native one untouched. */
export function createBoundFetch(parts: Parts): typeof fetch {
  return function fetch(input, init) {
    let plan: Plan | undefined
    try {
      plan = planRequest(input, init, parts.address)
    } catch {
      // The caller's mistake: the native function says so in its own words.
    }
    return plan === undefined ? parts.nativeFetch(input, init) : send(plan, init, parts)
  }
}

function planRequest(input: RequestInfo | URL, init: RequestInit | undefined, page: PageAddress): Plan | undefined {
  const request = input instanceof Request ? input : undefined
  const url = findOwnUrl(request?.url ?? String(input), page)
  if (url === undefined) return undefined
  const method = init?.method ?? request?.method ?? 'GET'
  const headers = new Headers(init?.headers ?? request?.headers)
  for (const [name, value] of lastingHeaders(method, url)) if (!headers.has(name)) headers.set(name, value)
  let spare = request
  const next = () => {
    const sent = spare
    if (sent !== undefined && sent.body !== null) spare = sent.clone()
    return sent ?? input
  }
  return {
    method,
    headers,
    signal: init?.signal ?? request?.signal,
    isRepeatable: !(init?.body instanceof ReadableStream),
    input: next,
  }
}

async function send(plan: Plan, init: RequestInit | undefined, parts: Parts): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const shut = parts.gate.shut()
    if (shut !== undefined) await orAborted(shut, plan.signal)
    const headers = new Headers(plan.headers)
    for (const [name, value] of bindingHeaders(plan.method, parts.credentials)) headers.set(name, value)
    const response = await parts.nativeFetch(plan.input(), { ...init, headers })
    const code = response.headers.get(errorCodeHeader)
    tellOldProof(code)
    const isHeld = plan.isRepeatable && isKeptBack(response.status, code, attempt)
    if (!isHeld) return response
    await orAborted(parts.gate.pass(), plan.signal)
  }
}

/** `wait`, or the caller's abort where that comes first. */
function orAborted<Value>(wait: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return wait
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    wait.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
