/** What does the stock UI leave of a person in the browser, and how is it removed? */
import { lastPersonKey } from './page-binding.ts'

/** localStorage keys that hold graphs, secrets or an identity (stock frontend 1.27.10 to 1.58.1). */
export const personalKeys: readonly string[] = [
  'workflow',
  'comfy_api_key',
  'Comfy.PreviousWorkflow',
  'Comfy.userId',
  'Comfy.userName',
]

/** Prefixes of such keys: drafts and tabs carry a workspace and a hash, or a client id, behind them. */
export const personalKeyPrefixes: readonly string[] = [
  'Comfy.Workflow.',
  'Comfy.Workspace.',
  'Comfy.OpenWorkflowsPaths',
  'Comfy.ActiveWorkflow',
  'workflow:',
  'litegrapheditor_clipboard',
]

/** IndexedDB databases of the Comfy.org sign-in. */
export const personalDatabases: readonly string[] = ['firebaseLocalStorageDb', 'firebase-heartbeat-database']

/** The part of the DOM's `Storage` that is needed here. */
export interface KeyValueStorage {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  clear(): void
}

/** The stores of one browser; each is asked for late, because reading it throws where site data is blocked. */
export interface BrowserStores {
  readonly local: () => KeyValueStorage
  readonly session: () => KeyValueStorage
  readonly databases: () => { deleteDatabase(name: string): unknown }
  /** Undefined outside secure contexts. */
  readonly caches: () => { keys(): Promise<readonly string[]>; delete(name: string): Promise<boolean> } | undefined
  readonly forgetWindowName: () => void
}

/** Whether `key` of localStorage belongs to a person rather than to the browser. */
export function isPersonalKey(key: string): boolean {
  return personalKeys.includes(key) || personalKeyPrefixes.some((prefix) => key.startsWith(prefix))
}

/** Removes what a person left in this browser and in this tab; panel widths and the like stay. */
export function forgetPerson(stores: BrowserStores): void {
  forgetBrowser(stores)
  forgetTab(stores)
}

/** Like `forgetPerson`, for a page of `person`: what somebody else has put into the browser since then is not touched. */
export function leaveBrowser(stores: BrowserStores, person: string): void {
  const last = lastPerson(stores.local)
  if (last === undefined || last === person) forgetBrowser(stores)
  forgetTab(stores)
}

/** Makes this browser and this tab those of `person`: whatever somebody else left is gone afterwards. */
export function claimBrowser(stores: BrowserStores, person: string): void {
  if (lastPerson(stores.local) !== person) {
    forgetBrowser(stores)
    attempt(() => stores.local().setItem(lastPersonKey, person))
  }
  // A tab of the one before keeps its own store after the next one has signed in in another tab.
  if (lastPerson(stores.session) !== person) {
    forgetTab(stores)
    attempt(() => stores.session().setItem(lastPersonKey, person))
  }
}

/** Reference of the person who used `storage` last; undefined when nobody did or site data is blocked. */
export function lastPerson(storage: () => KeyValueStorage): string | undefined {
  try {
    return storage().getItem(lastPersonKey) ?? undefined
  } catch {
    return undefined // site data is blocked, so nothing was kept either
  }
}

function forgetBrowser(stores: BrowserStores): void {
  attempt(() => removePersonalKeys(stores.local()))
  for (const name of personalDatabases) attempt(() => stores.databases().deleteDatabase(name))
  attempt(() => deleteCaches(stores))
}

function forgetTab(stores: BrowserStores): void {
  attempt(() => stores.session().clear())
  attempt(() => stores.forgetWindowName())
}

function removePersonalKeys(storage: KeyValueStorage): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const key of keys) if (key === lastPersonKey || isPersonalKey(key)) storage.removeItem(key)
}

function deleteCaches(stores: BrowserStores): void {
  const caches = stores.caches()
  caches?.keys().then(
    (names) => {
      for (const name of names) caches.delete(name).catch(() => false)
    },
    () => undefined,
  )
}

/** Runs one removal; a store that the browser refuses must not keep the others from being cleared. */
function attempt(removal: () => void): void {
  try {
    removal()
  } catch {
    // The browser refuses this store to the page, so the stock UI could not write to it either.
  }
}
