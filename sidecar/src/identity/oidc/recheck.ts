/** Is the person still somebody at the provider? Asked every so often with a refresh token, which never leaves the memory. */
import type { SessionHash, UserId } from '@gatehouse/shared/ids'
import { GatehouseError } from '../../gatehouse-error.ts'
import type { Member, SessionRecord, Store } from '../../store/store.ts'
import type { OidcProvider, Vouched } from './provider.ts'

export interface RecheckDependencies {
  readonly store: Pick<Store, 'sessions' | 'suspensions'>
  readonly providers: () => readonly OidcProvider[]
  readonly resolve: (provider: OidcProvider, vouched: Vouched) => Promise<Member>
  readonly now: () => number
  /** Told whose session was ended, and whether the account was suspended. */
  readonly ended: (session: SessionRecord, provider: OidcProvider, isSuspended: boolean) => Promise<void>
  readonly failed: (error: unknown) => void
}

export interface Recheck {
  opened(session: SessionHash, provider: OidcProvider, vouched: Vouched): void
  /** The session goes on under another id. */
  renewed(from: SessionHash, to: SessionHash): void
  /** Asks about every session whose time has come. Never throws. */
  run(): Promise<void>
}

interface Kept {
  readonly subject: string
  readonly refreshToken: string | undefined
  readonly askedAtMs: number
}

export function createRecheck(dependencies: RecheckDependencies): Recheck {
  const { store, providers, now, failed } = dependencies
  const kept = new Map<SessionHash, Kept>()
  let suspects: ReadonlySet<SessionHash> = new Set()
  /** At the second look: a session that gets a new id is gone for a moment. That its person left is no word of anybody. */
  const endOrphans = async (all: readonly SessionRecord[], open: readonly SessionRecord[]): Promise<void> => {
    const orphans = all.filter((session) => isOrphan(session, open, providers()))
    for (const { hash } of orphans) if (suspects.has(hash)) await store.sessions.revoke(hash, 'keep')
    suspects = new Set(orphans.map(({ hash }) => hash))
  }
  const checkDue = async (session: SessionRecord): Promise<void> => {
    const provider = providers().find(({ settings }) => settings.issuer === session.issuer)
    const every = provider?.settings.recheck
    if (provider === undefined || every === undefined) return
    const known = kept.get(session.hash)
    if (now() - (known?.askedAtMs ?? session.createdAtMs) < every) return
    const next = await ask(dependencies, provider, session.userId, known)
    if (next !== undefined) return void kept.set(session.hash, next)
    kept.delete(session.hash)
    await end(dependencies, provider, session, known?.refreshToken !== undefined)
  }
  return {
    opened: (session, { settings }, { subject, refreshToken }) => {
      if (settings.recheck === undefined) return
      kept.set(session, { subject: subject.subject, refreshToken, askedAtMs: now() })
    },
    renewed: (from, to) => {
      const known = kept.get(from)
      kept.delete(from)
      if (known !== undefined) kept.set(to, known)
    },
    run: async () => {
      if (!providers().some(({ settings }) => settings.recheck !== undefined)) return kept.clear()
      try {
        const all = await store.sessions.list()
        const open = all.filter(({ method }) => method === 'oidc')
        const hashes = new Set(open.map(({ hash }) => hash))
        for (const hash of kept.keys()) if (!hashes.has(hash)) kept.delete(hash)
        for (const session of open) await checkDue(session).catch(failed)
        await endOrphans(all, open)
      } catch (error) {
        failed(error)
      }
    },
  }
}

/** Let in by a code of a session that is over: about the device nobody can be asked. */
function isOrphan(
  { method, issuer, userId }: SessionRecord,
  open: readonly SessionRecord[],
  providers: readonly OidcProvider[],
): boolean {
  const isAskedAbout = providers.some(({ settings }) => settings.issuer === issuer && settings.recheck !== undefined)
  if (method !== 'device-link' || !isAskedAbout) return false
  return !open.some((session) => session.userId === userId && session.issuer === issuer)
}

/** What to ask with next time; undefined where the provider says no, or cannot be asked at all. */
async function ask(
  { resolve, now }: RecheckDependencies,
  provider: OidcProvider,
  userId: UserId,
  known: Kept | undefined,
): Promise<Kept | undefined> {
  // After a restart the token is gone: who cannot be asked about logs in again, which a provider remembers.
  if (known?.refreshToken === undefined) return undefined
  try {
    const grant = await provider.client.renew(known.refreshToken, known.subject, provider.isWhole)
    const member = await resolve(provider, provider.vouch(grant))
    if (member.id !== userId || member.state !== 'active') return undefined
    return { ...known, refreshToken: grant.refreshToken, askedAtMs: now() }
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error
    // Down is not no: it is asked again when the next time has come.
    if (error.code === 'provider_down') return { ...known, askedAtMs: now() }
    return undefined
  }
}

async function end(
  { store, ended }: RecheckDependencies,
  provider: OidcProvider,
  session: SessionRecord,
  wasAsked: boolean,
): Promise<void> {
  // Nobody said no to somebody who could not be asked about: that is an end by time.
  await store.sessions.revoke(session.hash, wasAsked ? 'cancel' : 'keep')
  if (wasAsked) await endDevices(store, provider, session)
  const suspends = provider.settings.suspend_missing && wasAsked
  await ended(session, provider, suspends && (await suspend(store, session)))
}

/** What the provider said of the person holds for what they let in with a code, unless another session of theirs is there. */
async function endDevices(
  { sessions }: RecheckDependencies['store'],
  provider: OidcProvider,
  { userId }: SessionRecord,
): Promise<void> {
  const all = await sessions.list(userId)
  const open = all.filter(({ method }) => method === 'oidc')
  for (const session of all) if (isOrphan(session, open, [provider])) await sessions.revoke(session.hash)
}

/** The last owner stays, or nobody could let anybody in again. */
async function suspend({ suspensions }: RecheckDependencies['store'], session: SessionRecord): Promise<boolean> {
  try {
    return await suspensions.suspend(session.userId, session.issuer ?? '')
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'last_owner') return false
    throw error
  }
}
