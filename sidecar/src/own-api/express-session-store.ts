/** How does express-session keep its sessions? In the same table, by the same hash, as the raw lane reads them. */
import session from 'express-session'
import { sessionHash } from '../identity/session-cookie.ts'
import type { SessionLookup } from '../identity/session-lookup.ts'
import type { Sessions } from '../store/store.ts'
import { parseSignInRecord } from './sign-in-record.ts'

export interface ExpressSessionStoreDependencies {
  readonly sessions: Sessions
  readonly sessionLookup: SessionLookup
  readonly now: () => number
}

type Done = (error?: unknown) => void

/** A class, because express-session calls methods that only its own base class has. */
export class ExpressSessionStore extends session.Store {
  readonly #dependencies: ExpressSessionStoreDependencies

  constructor(dependencies: ExpressSessionStoreDependencies) {
    super()
    this.#dependencies = dependencies
  }

  override get(id: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    this.#read(id).then(
      (data) => done(null, data),
      (error: unknown) => done(error),
    )
  }

  override set(id: string, data: session.SessionData, done: Done = ignore): void {
    settle(this.#write(id, data), done)
  }

  override destroy(id: string, done: Done = ignore): void {
    settle(this.#dependencies.sessions.revoke(sessionHash(id)), done)
  }

  /** The look-up has noted already that the session was seen. */
  override touch(_id: string, _data: session.SessionData, done: () => void = ignore): void {
    done()
  }

  async #read(id: string): Promise<session.SessionData | null> {
    const record = await this.#dependencies.sessionLookup.find(sessionHash(id))
    if (record === undefined) return null
    return Object.assign({ cookie: { originalMaxAge: null } }, { passport: { user: parseSignInRecord(record) } })
  }

  async #write(id: string, data: session.SessionData): Promise<void> {
    const { sessions, now } = this.#dependencies
    const hash = sessionHash(id)
    const signIn = parseSignInRecord(signedInUser(data))
    if (signIn === undefined) {
      // Passport saves a session it has just signed out; such a one is not kept.
      await sessions.revoke(hash)
      return
    }
    if ((await sessions.find(hash)) !== undefined) return
    await sessions.add({ hash, ...signIn, login: signIn.login ?? hash, createdAtMs: now(), lastSeenAtMs: now() })
  }
}

/** What passport keeps under its own name in a session. */
function signedInUser(data: session.SessionData): unknown {
  const passport: unknown = Reflect.get(data, 'passport')
  return typeof passport === 'object' && passport !== null ? Reflect.get(passport, 'user') : undefined
}

function settle(work: Promise<unknown>, done: Done): void {
  work.then(
    () => done(),
    (error: unknown) => done(error),
  )
}

function ignore(): void {}
