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

/** Removes what a person left in this browser and the memory of who it was; panel widths and the like stay. */
export function forgetPerson(stores: BrowserStores): void {
  attempt(() => removeKeys(stores.local(), (key) => key === lastPersonKey || isPersonalKey(key)))
  attempt(() => removeKeys(stores.session(), () => true))
  attempt(() => stores.forgetWindowName())
  for (const name of personalDatabases) attempt(() => stores.databases().deleteDatabase(name))
  attempt(() => deleteCaches(stores))
}

/** Makes this browser the browser of `person`: whatever somebody else left is gone afterwards. */
export function claimBrowser(stores: BrowserStores, person: string): void {
  if (lastPerson(stores) === person) return
  forgetPerson(stores)
  attempt(() => stores.local().setItem(lastPersonKey, person))
}

/** Reference of the person who used this browser last; undefined when nobody did or site data is blocked. */
export function lastPerson(stores: BrowserStores): string | undefined {
  try {
    return stores.local().getItem(lastPersonKey) ?? undefined
  } catch {
    return undefined // site data is blocked, so nothing was kept either
  }
}

function removeKeys(storage: KeyValueStorage, isDoomed: (key: string) => boolean): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index))
  for (const key of keys) if (key !== null && isDoomed(key)) storage.removeItem(key)
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
