/** Where does an own name lie on disk? In the tenant's shared tree, or in the person's own settings folder. */
import { join } from 'node:path'
import type { Principal } from '@gatehouse/shared/principal'

export interface Place {
  /** `shared` is seen by everybody of the tenant; the other two belong to one person. */
  readonly kind: 'shared' | 'settings' | 'css'
  /** The name as the client knows it. */
  readonly segments: readonly string[]
  readonly path: string
}

export interface Places {
  readonly root: string
  /** Half-written files; beside the trees, so that a rename never crosses file systems and no listing shows them. */
  readonly incoming: string
  readonly settings: Place
  readonly css: Place
  at(segments: readonly string[]): Place
}

export const settingsName = 'comfy.settings.json'
export const cssName = 'user.css'

/** The places of one principal. The ids become path parts, so anything but a plain id is our own mistake. */
export function placesOf(dataDir: string, principal: Principal, platform: NodeJS.Platform): Places {
  const folder = join(dataDir, 'tenants', plainId(principal.tenant.folderKey))
  const own = join(folder, 'settings', plainId(principal.userId))
  const root = join(folder, 'userdata')
  const settings: Place = { kind: 'settings', segments: [settingsName], path: `${own}.json` }
  const css: Place = { kind: 'css', segments: [cssName], path: `${own}.css` }
  // Where ComfyUI itself could not tell `User.CSS` from `user.css`, neither may we.
  const foldsCase = platform === 'win32' || platform === 'darwin'
  const at = (segments: readonly string[]): Place => {
    const only = segments.length === 1 ? segments[0] : undefined
    const name = foldsCase ? only?.toLowerCase() : only
    if (name === settingsName) return settings
    if (name === cssName) return css
    return { kind: 'shared', segments, path: join(root, ...segments) }
  }
  return { root, incoming: join(folder, 'incoming'), settings, css, at }
}

function plainId(id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id)) throw new TypeError('an id that becomes a path is not plain')
  return id
}
