/** Who may write into this browser's storage? Only the page of the person whom the browser belongs to now. */
import { type BrowserStores, isPersonalKey, lastPerson } from '@gatehouse/shared/browser-storage'

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
    if (isPersonalKey(String(key)) && lastPerson(windowStores.local) !== person) return
    nativeSetItem.call(this, key, value)
  }
}
