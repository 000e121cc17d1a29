/** What runs before the stock UI's own scripts? Each part for itself: where one fails the page runs as it would without. */
import { claimBrowser, lastPerson, leaveBrowser } from '@gatehouse/shared/browser-storage'
import { lastPersonKey } from '@gatehouse/shared/page-binding'
import { createBoundFetch } from './bound-fetch.ts'
import { createBoundSocket } from './bound-socket.ts'
import { createBoundXhr } from './bound-xhr.ts'
import { type Credentials, readCredentials } from './credentials.ts'
import { guardStorage, windowStores } from './kept-storage.ts'
import { createLoginGate } from './login-gate.ts'
import { createOverlay } from './overlay.ts'
import { createPageApi } from './page-api.ts'
import { createDoor } from './who-am-i.ts'

const script = document.currentScript
const credentials = script instanceof HTMLElement ? readCredentials(script) : undefined
if (credentials !== undefined) start(credentials)

function start(credentials: Credentials): void {
  const { page } = credentials
  claimBrowser(windowStores, page)
  guardStorage(page)

  const nativeFetch = window.fetch.bind(window)
  const address = { origin: location.origin, host: location.host, base: document.baseURI }
  const door = createDoor(nativeFetch)
  const departure = createDeparture(page)
  const gate = createLoginGate({
    credentials,
    door,
    overlay: createOverlay(),
    claim: () => claimBrowser(windowStores, page),
    leave: () => departure(undefined),
    onReturn,
  })
  const { api, hear } = createPageApi({ nativeFetch, credentials, depart: departure })

  install(() => {
    window.fetch = createBoundFetch({ nativeFetch, credentials, gate, address })
  })
  install(() => {
    window.XMLHttpRequest = createBoundXhr({ native: window.XMLHttpRequest, credentials, gate, address })
  })
  install(() => {
    window.WebSocket = createBoundSocket({ native: window.WebSocket, credentials, gate, door, address, onText: hear })
  })
  install(() => Object.defineProperty(window, 'gatehouse', { value: api, enumerable: true }))
  install(() => watchOtherTabs(page, () => void gate.pass()))
}

function install(part: () => void): void {
  try {
    part()
  } catch (cause) {
    console.warn('Gatehouse: a part of the page script is missing.', cause)
  }
}

/** How this page is left for good: nothing of its person stays, and its own question about unsaved work is not asked. */
function createDeparture(page: string): (target: string | undefined) => void {
  let isLeaving = false
  // The first listener of the window: it can keep the event from the stock UI's.
  window.addEventListener('beforeunload', (event) => isLeaving && event.stopImmediatePropagation(), true)
  return (target) => {
    isLeaving = true
    leaveBrowser(windowStores, page)
    if (target === undefined) location.reload()
    else location.assign(target)
  }
}

/** Asks who is signed in when another tab changed that, and when the browser shows this page again from memory. */
function watchOtherTabs(page: string, ask: () => void): void {
  const isOwn = () => lastPerson(windowStores.local) === page
  window.addEventListener('storage', ({ key }) => {
    if ((key === null || key === lastPersonKey) && !isOwn()) ask()
  })
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) ask()
  })
}

function onReturn(listener: () => void): () => void {
  const watch = new AbortController()
  for (const type of ['focus', 'storage', 'visibilitychange']) {
    window.addEventListener(type, listener, { signal: watch.signal })
  }
  return () => watch.abort()
}
