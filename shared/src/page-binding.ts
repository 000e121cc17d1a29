/** Which names do the page script and the sidecar agree on? Headers, query keys, data attributes and events. */

/** Sent by `inject.js` with every same-origin fetch and XHR: the opaque reference of the person the page was opened for. */
export const pageHeader = 'X-Gatehouse-Page'
/** Sent with every state-changing fetch and XHR: bound to the session. */
export const csrfHeader = 'X-Gatehouse-Csrf'
/** Query key of the page reference on a WebSocket URL, where headers are impossible. */
export const pageQueryKey = 'gatehouse_page'
/** One value per intended `POST /prompt`; a re-sent request with the same value runs once. */
export const idempotencyHeader = 'Idempotency-Key'

/** `data-...` attributes of the script element that loads `inject.js` (read as `dataset.page`, `dataset.csrf`, `dataset.user`). */
export const scriptDataset = { page: 'page', csrf: 'csrf', user: 'user' } as const

/** localStorage key that remembers the page reference of the person who last used this browser. */
export const lastPersonKey = 'gatehouse.person'

/** Header on a 401 or 409 from Gatehouse itself, so that the page script can tell it from ComfyUI's own: the error code. */
export const errorCodeHeader = 'X-Gatehouse-Error'

/** WebSocket event types of our own; the stock UI ignores what no extension listens to. */
export const queueEvent = 'gatehouse_queue'
/** ComfyUI's worker failed, or works again: `{state, message}`. */
export const workerEvent = 'gatehouse_worker'
/** On the window, by the name of the error code: an answer asked for a newer proof of who sits there. */
export const proofEvent = 'proof_too_old'
