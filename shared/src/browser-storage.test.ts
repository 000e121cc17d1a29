import { describe, expect, it } from 'vitest'
import {
  type BrowserStores,
  claimBrowser,
  forgetPerson,
  isPersonalKey,
  lastPerson,
  leaveBrowser,
} from './browser-storage.ts'
import { lastPersonKey } from './page-binding.ts'

function createStorage(entries: Readonly<Record<string, string>>) {
  const map = new Map(Object.entries(entries))
  return {
    get length() {
      return map.size
    },
    key: (index: number) => [...map.keys()][index] ?? null,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
    clear: () => map.clear(),
    keys: () => [...map.keys()].sort(),
  }
}

function createBrowser(local: Readonly<Record<string, string>>, session: Readonly<Record<string, string>> = {}) {
  const localStorage = createStorage(local)
  const sessionStorage = createStorage(session)
  const deleted: string[] = []
  let windowName = 'client-1'
  const stores: BrowserStores = {
    local: () => localStorage,
    session: () => sessionStorage,
    databases: () => ({ deleteDatabase: (name) => deleted.push(name) }),
    caches: () => undefined,
    forgetWindowName: () => {
      windowName = ''
    },
  }
  return { stores, localStorage, sessionStorage, deleted, windowName: () => windowName }
}

describe('isPersonalKey', () => {
  it.each([
    'Comfy.Workflow.Draft.v2:personal:abc',
    'Comfy.Workflow.DraftIndex.v2:personal',
    'Comfy.Workflow.LastActivePath:personal',
    'Comfy.Workflow.Drafts',
    'Comfy.Workspace.LastWorkspaceId',
    'litegrapheditor_clipboard',
    'workflow',
    'workflow:client-1',
    'comfy_api_key',
    'Comfy.userId',
    'Comfy.userName',
    'Comfy.PreviousWorkflow',
    'Comfy.OpenWorkflowsPaths',
    'Comfy.ActiveWorkflowIndex',
  ])('names %s as personal', (key) => {
    expect(isPersonalKey(key)).toBe(true)
  })

  it.each(['comfy-splash-bg', 'Comfy.MenuPosition.Docked', 'Comfy.FeatureUsage', 'sidebar-width', 'workflows-panel'])(
    'leaves %s to the browser',
    (key) => {
      expect(isPersonalKey(key)).toBe(false)
    },
  )
})

describe('claimBrowser', () => {
  const left = {
    [lastPersonKey]: 'alice',
    'Comfy.Workflow.Draft.v2:personal:a': '{}',
    'Comfy.MenuPosition.Docked': '1',
  }

  it('keeps the drafts of the person who comes back', () => {
    const browser = createBrowser(left, { clientId: 'client-1', [lastPersonKey]: 'alice' })
    claimBrowser(browser.stores, 'alice')
    expect(browser.localStorage.keys()).toEqual(Object.keys(left).sort())
    expect(browser.sessionStorage.keys()).toEqual(['clientId', lastPersonKey])
    expect(browser.windowName()).toBe('client-1')
  })

  it('removes everything personal of somebody else and remembers the new person', () => {
    const browser = createBrowser(left, { clientId: 'client-1', 'workflow:client-1': '{}' })
    claimBrowser(browser.stores, 'bob')
    expect(browser.localStorage.keys()).toEqual(['Comfy.MenuPosition.Docked', lastPersonKey])
    expect(lastPerson(browser.stores.local)).toBe('bob')
    expect(browser.sessionStorage.keys()).toEqual([lastPersonKey])
    expect(browser.windowName()).toBe('')
    expect(browser.deleted).toEqual(['firebaseLocalStorageDb', 'firebase-heartbeat-database'])
  })

  it('treats what was there before anybody signed in as left by somebody else', () => {
    const browser = createBrowser({ 'Comfy.Workflow.Draft.v2:personal:a': '{}' })
    claimBrowser(browser.stores, 'bob')
    expect(browser.localStorage.keys()).toEqual([lastPersonKey])
  })
})

describe('a tab of the one before', () => {
  const ofBob = { [lastPersonKey]: 'bob', 'Comfy.Workflow.Draft.v2:personal:b': '{}' }
  const tabOfAlice = { [lastPersonKey]: 'alice', clientId: 'client-1', 'workflow:client-1': '{}' }

  it("is cleared when the browser is the next one's already, whose drafts stay", () => {
    const browser = createBrowser(ofBob, tabOfAlice)
    claimBrowser(browser.stores, 'bob')
    expect(browser.sessionStorage.keys()).toEqual([lastPersonKey])
    expect(browser.windowName()).toBe('')
    expect(browser.localStorage.keys()).toEqual(Object.keys(ofBob).sort())
  })

  it('takes nothing of the next one along when it is left', () => {
    const browser = createBrowser(ofBob, tabOfAlice)
    leaveBrowser(browser.stores, 'alice')
    expect(browser.sessionStorage.keys()).toEqual([])
    expect(browser.localStorage.keys()).toEqual(Object.keys(ofBob).sort())
    expect(browser.deleted).toEqual([])
  })
})

describe('forgetPerson', () => {
  it('clears the other stores when one of them is refused by the browser', () => {
    const browser = createBrowser({}, { clientId: 'client-1' })
    const refused = () => {
      throw new Error('SecurityError')
    }
    forgetPerson({ ...browser.stores, local: refused })
    expect(browser.sessionStorage.keys()).toEqual([])
    expect(browser.deleted).toHaveLength(2)
  })
})
