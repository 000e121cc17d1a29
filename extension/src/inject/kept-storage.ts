/** Who may write into this browser's storage? Only the page of the person whom the browser belongs to now. */
import { type BrowserStores, isPersonalKey } from '@gatehouse/shared/browser-storage'
import { lastPersonKey } from '@gatehouse/shared/page-binding'

/** The real stores of this window. */
export const windowStores: BrowserStores = {
  local: () => window.localStorage,
  session: () => window.sessionStorage,
  databases: () => window.indexedDB,
  caches: () => (typeof caches === 'undefined' ? undefined : caches),
  forgetWindowName: () => {
    window.name = ''
  },
}

/**
 * The stock UI writes drafts half a second late, and an old tab goes on writing after its person signed out in
 * another: from then on such writes are dropped, because the browser is nobody's or somebody else's.
 */
export function guardStorage(person: string): void {
  const nativeSetItem = Storage.prototype.setItem
  Storage.prototype.setItem = function setItem(key, value) {
    if (isPersonalKey(String(key)) && !isBrowserOf(person)) return
    nativeSetItem.call(this, key, value)
  }
}

function isBrowserOf(person: string): boolean {
  try {
    return window.localStorage.getItem(lastPersonKey) === person
  } catch {
    return true // site data is blocked: the native function says so
  }
}
