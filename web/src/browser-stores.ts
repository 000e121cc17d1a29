/** Which stores does this window have that a person may have left something in? */
import type { BrowserStores } from '@gatehouse/shared/browser-storage'

export const windowStores: BrowserStores = {
  local: () => window.localStorage,
  session: () => window.sessionStorage,
  databases: () => window.indexedDB,
  caches: () => (typeof caches === 'undefined' ? undefined : caches),
  forgetWindowName: () => {
    window.name = ''
  },
}
