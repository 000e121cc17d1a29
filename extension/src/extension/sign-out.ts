/** How does the menu sign out? It offers to save first, and never pretends to have signed out. */
import { apiBase, type Me } from '@gatehouse/shared/own-api-contract'
import { csrfHeader } from '@gatehouse/shared/page-binding'
import type { ComfyPage } from './comfy-page.ts'
import { acceptsEnd } from './ending-jobs.ts'
import { findQueuePosition } from './own-api-client.ts'
import { askAboutUnsaved, findUnsaved, saveAll } from './unsaved-work.ts'

export async function signOut({ app, api }: ComfyPage, me: Me): Promise<void> {
  const manager = app.extensionManager
  try {
    const unsaved = findUnsaved(manager)
    if (unsaved.length > 0) {
      const choice = await askAboutUnsaved(manager, unsaved, me.permissions.includes('workflow:save'))
      if (choice === 'stay') return
      if (choice === 'save') await saveAll(api, unsaved, new Date())
    }
    if (!(await acceptsEnd(manager, me, await findQueuePosition()))) return
    await leave(me)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'The server does not answer.'
    manager.toast.add({ severity: 'error', summary: 'Not signed out', detail })
  }
}

/** `inject.js` clears the browser as well; where it is missing, the login page does. */
async function leave(me: Me): Promise<void> {
  const pageApi: unknown = Reflect.get(window, 'gatehouse')
  const logout: unknown = typeof pageApi === 'object' && pageApi !== null ? Reflect.get(pageApi, 'logout') : undefined
  if (typeof logout === 'function') {
    await Reflect.apply(logout, pageApi, [])
    return
  }
  const response = await fetch(`${apiBase}/logout`, { method: 'POST', headers: { [csrfHeader]: me.csrf ?? '' } })
  if (!response.ok && response.status !== 401) throw new Error(`Signing out failed with status ${response.status}.`)
  location.assign('/login?logout=true')
}
