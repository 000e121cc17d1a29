/** May held requests go on? One gate for the whole page: it opens when the page's own person is signed in again. */
import type { Credentials } from './credentials.ts'
import type { Overlay } from './overlay.ts'
import type { Door, SignedIn } from './who-am-i.ts'

export interface LoginGate {
  /** Promise of the open gate; undefined while nothing is held. */
  shut(): Promise<void> | undefined
  /** Resolves when the page's own person is signed in; never when somebody else is, for then the page reloads. */
  pass(): Promise<void>
}

interface GateParts {
  readonly credentials: Credentials
  readonly door: Door
  readonly overlay: Overlay
  /** Makes the browser the page's person's again. */
  readonly claim: () => void
  /** Clears what the page's person left and loads the page anew. */
  readonly leave: () => void
  /** Calls back whenever the person may have signed in elsewhere; returns what ends that. */
  readonly onReturn: (listener: () => void) => () => void
}

export function createLoginGate(parts: GateParts): LoginGate {
  const { credentials, door, overlay } = parts
  let current: Promise<void> | undefined

  const accept = (person: SignedIn) => {
    credentials.renew(person.csrf)
    parts.claim()
  }
  const isOwn = (person: SignedIn) => person.page === credentials.page

  const settle = async () => {
    const presence = await door.whoAmI()
    if (typeof presence === 'object' && isOwn(presence)) return accept(presence)
    return new Promise<void>((open) => {
      const admit = (person: SignedIn) => {
        if (!isOwn(person)) return parts.leave()
        stopWatching()
        overlay.hide()
        accept(person)
        open()
      }
      const look = async () => {
        const now = await door.whoAmI()
        if (typeof now !== 'object') return
        if (isOwn(now)) admit(now)
        else overlay.showStranger(now.user, parts.leave)
      }
      const stopWatching = parts.onReturn(() => void look())
      if (typeof presence === 'object') overlay.showStranger(presence.user, parts.leave)
      else overlay.showLogin({ user: credentials.user, logIn: door.logIn, admit })
    })
  }

  const pass = () => {
    current ??= settle().finally(() => {
      current = undefined
    })
    return current
  }
  return { shut: () => current, pass }
}
