/** What happened in a page? Its errors, its requests that went wrong, and every frame its sockets heard. */
import type { Page, WebSocket } from 'playwright-core'

export interface PageRecord {
  /** Exceptions that nobody caught. */
  readonly errors: readonly string[]
  /** Requests to the sidecar that failed or were refused, as `STATUS METHOD PATH`. */
  readonly complaints: readonly string[]
  /** Text and binary frames of every socket, binary ones as latin-1. */
  readonly frames: readonly string[]
  /** Those opened so far, the newest last. */
  readonly sockets: readonly WebSocket[]
  /** Answers with a body, as `METHOD PATH`, oldest first. */
  readonly answers: readonly { readonly status: number; readonly method: string; readonly path: string }[]
  /** Waits for a frame, past or future. */
  hears(what: (frame: string) => boolean): Promise<void>
  forget(): void
}

const patienceMs = 45_000

/** What a person without files of their own is told, with and without Gatehouse (frontend.md 1). */
const absentForNewcomers =
  /^404 GET \/(?:user\.css|api\/userdata(?:\/user\.css|\/comfy\.templates\.json|\/workflows%2F\.index\.json|\?dir=(?:workflows|subgraphs)(?:%2F)?&.*))$/

/** The login page asks who is signed in. */
const nobodyYet = /^401 GET \/gatehouse\/api\/v1\/me$/

export function recordPage(page: Page, address: string): PageRecord {
  const errors: string[] = []
  const complaints: string[] = []
  const frames: string[] = []
  const sockets: WebSocket[] = []
  const waiting = new Set<() => void>()
  const answers: { status: number; method: string; path: string }[] = []
  const complain = (line: string) => {
    if (!absentForNewcomers.test(line) && !nobodyYet.test(line)) complaints.push(line)
  }
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('response', (response) => {
    if (!response.url().startsWith(address)) return
    const answer = {
      status: response.status(),
      method: response.request().method(),
      path: response.url().slice(address.length),
    }
    answers.push(answer)
    if (answer.status >= 400) complain(`${answer.status} ${answer.method} ${answer.path}`)
  })
  page.on('requestfailed', (request) => {
    // Chromium calls a body that the page never reads aborted; the UI leaves many (settings, 404s), and so does a reload.
    const reason = request.failure()?.errorText ?? ''
    if (!request.url().startsWith(address) || reason === 'net::ERR_ABORTED') return
    complain(`${reason} ${request.method()} ${request.url().slice(address.length)}`)
  })
  page.on('websocket', (socket) => {
    sockets.push(socket)
    socket.on('framereceived', ({ payload }) => {
      frames.push(typeof payload === 'string' ? payload : payload.toString('latin1'))
      for (const wake of [...waiting]) wake()
    })
  })
  return {
    errors,
    complaints,
    frames,
    sockets,
    answers,
    hears: (what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not heard among ${frames.length} frames`)), patienceMs)
        const look = () => {
          if (!frames.some(what)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    forget: () => {
      for (const list of [errors, complaints, frames, answers]) list.splice(0)
    },
  }
}
