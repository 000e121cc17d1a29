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
  /** What the store has told, or was told, of a log-in. */
  readonly #kept = new WeakSet<object>()

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
    const user = parseSignInRecord(record)
    if (user !== undefined) this.#kept.add(user)
    return Object.assign({ cookie: { originalMaxAge: null } }, { passport: { user } })
  }

  async #write(id: string, data: session.SessionData): Promise<void> {
    const { sessions, now } = this.#dependencies
    const hash = sessionHash(id)
    const user = signedInUser(data)
    const signIn = parseSignInRecord(user)
    if (user === undefined || signIn === undefined) {
      // Passport saves a session it has just signed out; such a one is not kept.
      await sessions.revoke(hash)
      return
    }
    // Attack: express-session saves a new session once more at the end of the answer, and who was put out until then is in again.
    if (this.#kept.has(user)) return
    this.#kept.add(user)
    await sessions.add({ hash, ...signIn, login: signIn.login ?? hash, createdAtMs: now(), lastSeenAtMs: now() })
  }
}

/** What passport keeps under its own name in a session. */
function signedInUser(data: session.SessionData): object | undefined {
  const passport: unknown = Reflect.get(data, 'passport')
  const user: unknown = typeof passport === 'object' && passport !== null ? Reflect.get(passport, 'user') : undefined
  return typeof user === 'object' && user !== null ? user : undefined
}

function settle(work: Promise<unknown>, done: Done): void {
  work.then(
    () => done(),
    (error: unknown) => done(error),
  )
}

function ignore(): void {}
